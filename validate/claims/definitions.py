"""Definitions, illustrations and Section 3's tasks."""

from theory.edgeworth import error_constant
from validate import illustrations
from validate.claims.checks import Checks, checks
from validate.claims.claim import Finding, corrected, of_fact
from validate.claims.evidence import Evidence
from validate.poolings import poolings
from validate.record import from_json

# of sums of some hundred numbers of order 1 in double, and in single precision
ROUNDING, SINGLE = 1e-9, 1e-5
EVIDENCE = Evidence(
    "definitions", "python -m validate.claims --only EQ1 EQ2 EQ3 FIG2-SPATIAL FIG5 FIG6-COUNT", 0.1,
    ("validate.claims.checks",), lambda results: checks(), read=lambda values: from_json(Checks, values),
    figures={"poolings": lambda _: poolings(), "examples": lambda _: illustrations.examples(),
             "layers": lambda _: illustrations.layers()},
    quick=True,
)  # fmt: skip


def equal(done: Checks, name: str, tolerance: float = ROUNDING) -> Finding:
    """Two ways to compute it agree."""
    distance = getattr(done, name)
    return of_fact(distance <= tolerance, f"two ways to compute it differ by {distance:.0e}", "the two differ")


def equivariant(done: Checks) -> Finding:
    """A shift of the input is a shift of the output."""
    measured = (
        f"change beside the shift: {done.shift_stride_one:.0e} at stride 1, {done.shift_stride_two:.2f} at stride 2 "
        "for a shift by one pixel"
    )
    exact = done.shift_stride_one <= ROUNDING
    return corrected(
        exact and done.shift_stride_two <= ROUNDING, exact, measured, "for shifts by multiples of the stride"
    )


def invariant(done: Checks) -> Finding:
    """The sum over space of a representation does not change with a shift."""
    return of_fact(done.shift_summed <= ROUNDING, f"the sum changes by {done.shift_summed:.0e}", "it changes")


def pooled(done: Checks, kind: str) -> Finding:
    """A representation keeps less of a move where it is pooled; of a rotation nothing, over rotated channels."""
    before, after = getattr(done, kind)
    holds = after < before if kind == "spatial" else after <= ROUNDING < before
    return of_fact(holds, f"of the move is left {before:.2f}, pooled {after:.2g} (2: all)", "pooling keeps it")


def labels(done: Checks) -> Finding:
    """Labels are those of the sentences."""
    return of_fact(done.wrong_labels == 0, f"{done.wrong_labels} wrong labels in both tasks", "labels differ")


def gap_printed(done: Checks) -> Finding:
    """ "d ∈ [ξ − g/2, ξ + g/2]": the images inside and outside."""
    measured = f"{done.inside_gap} of {done.images} pairs of pixels that networks learn lie in the interval"
    outside = done.inside_gap == 0
    return corrected(done.inside_gap == done.images, outside, measured, "d outside the interval: it is a gap")


def gap_invariance(done: Checks) -> Finding:
    """Labels invariant to displacements smaller than g."""
    measured = f"g = {done.gap:g}: no label changes up to a change of d by {done.unchanged} pixels"
    return corrected(done.unchanged >= done.gap - 1, done.unchanged >= done.gap / 2, measured,
                     "for changes of the distance up to g/2")  # fmt: skip


def norm(done: Checks) -> Finding:
    """‖x‖² = L."""
    low, high = done.norms
    return of_fact(abs(low - 1) <= ROUNDING and abs(high - 1) <= ROUNDING, f"‖x‖²/L = {low:.6f}", "another norm")


def linear(done: Checks) -> Finding:
    """No representation of the homogeneous network is negative, so that the rectifier does nothing."""
    least = done.least_homogeneous
    return of_fact(
        least >= -ROUNDING, f"least value over the largest {least:.0e}, all images of task 1, 12 layers", "some are"
    )


def gaussian_profile(done: Checks) -> Finding:
    """Fig. 6, left: a Gaussian profile, up to twice the first term by which layers of this depth are off it."""
    architecture = illustrations.STACKS[0][0]
    first_term = error_constant(0, architecture.filter_size) / architecture.depth
    measured = f"off the Gaussian by {done.gaussian_error:.2%} of the peak, the first correction {first_term:.2%}"
    return of_fact(done.gaussian_error <= 2 * first_term, measured, "no Gaussian")


def counting(done: Checks) -> Finding:
    """Fig. 6, right: a neuron's activity is the number of active pixels in its field."""
    measured = f"largest difference {done.counting_error:.0e}; counts {', '.join(map(str, done.counts))} occur"
    return of_fact(done.counting_error <= ROUNDING and set(done.counts) == {0, 1, 2}, measured, "another activity")


def sizes(done: Checks) -> Finding:
    """L/F^k neurons."""
    halved = all(2 * b == a for a, b in zip((128, *done.sizes), done.sizes, strict=False))
    return of_fact(halved, f"neurons of the layers: {', '.join(map(str, done.sizes))}", "other numbers")


def leaving(done: Checks) -> Finding:
    """A pixel leaves its block with probability ~ 1/F^k."""
    worst = max(abs(share - 1) for share in done.leaving)
    return of_fact(
        worst <= ROUNDING, f"F^k × probability = {', '.join(f'{s:.6g}' for s in done.leaving)}", "another power"
    )


def norm_of_pixel(done: Checks) -> Finding:
    """‖f_k(δ_i)‖ does not scale with k."""
    change = max(done.one_pixel_norms) - min(done.one_pixel_norms)
    return of_fact(
        change <= ROUNDING, f"‖f_k(δ_i)‖² = {', '.join(f'{n:.3g}' for n in done.one_pixel_norms)}", "it does"
    )
