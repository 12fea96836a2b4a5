"""All that is asked about the law, and the judgement on it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from theory import layer_stack
from theory.definitions.stack import Layer, box
from theory.definitions.task import Kind
from theory.transfer_matrix import growth_law
from validate.law import exact
from validate.law.exact import Checked, Point, check, points, rivals
from validate.law.idealised import Idealised, idealise
from validate.law.preference import preference
from validate.law.theorem import DRAWN, Statement, draw, judge
from validate.law.trained import WIDTH, Case, Trained

# filters and strides up to which a minute is enough
LARGEST_FILTER, LARGEST_STRIDE = 32, 8
NETWORKS = ((2, 2), (3, 2), (4, 2), (3, 3), (6, 3))
SEEDS = 8


@dataclass(frozen=True)
class Answer:
    """Everything that `validate.law` prints, draws and writes; `broken` filters beside α of the unbroken ones, `own` of
    the user; `statements` about random filters, the theorem first; no `trained` networks with --no-nets.
    """

    points: list[Point]
    checked: list[Checked]
    broken: list[tuple[Checked, float]]
    own: list[Checked]
    statements: list[Statement]
    stacks: list[Idealised]
    trained: list[Trained] = field(default_factory=list)

    @property
    def divided(self) -> list[Trained]:
        """The networks that must choose between sum rule and homogeneity, without the control."""
        return [one for one in self.trained if one.homogeneous_defect and one.case.kind != "parity"]

    @property
    def parity(self) -> list[Trained]:
        """The control: networks whose task forbids pooling."""
        return [one for one in self.trained if one.case.kind == "parity"]

    def verdicts(self) -> list[tuple[str, bool]]:
        """Every statement that the exit status depends on, and whether it is so."""
        refused = [not one.accepts(alpha) for one in self.checked for _, alpha in rivals(one)]
        judged = [*self.checked, *(one for one, _ in self.broken), *self.own]
        (theorem,), rivals_of_it = ([s for s in self.statements if s.theorem is first] for first in (True, False))
        return [
            ("the transfer matrix gives the closed form of α for every F and s", all(p.holds for p in self.points)),
            ("theory and operator agree at every layer", all(one.follows for one in judged)),
            ("simulated exponents are the matrix's", all(one.holds for one in self.checked)),
            (
                "α > 0 if and only if sum rule and no common divisor of the taps' differences: filters shown and own",
                all(one.obeys_the_theorem for one in judged),
            ),
            (f"the same of {DRAWN} random filters with zeros", theorem.holds),
            ("either condition alone refused by the random filters", not any(s.holds for s in rivals_of_it)),
            ("α of the neighbouring F and “1 with any stride” refused where they differ", all(refused)),
            (
                "filters 5 % off the sum rule, or with holes, have lost their α",
                all(one.law.saturates and not one.accepts(alpha) for one, alpha in self.broken),
            ),
            *self._learned(),
        ]

    def _learned(self) -> list[tuple[str, bool]]:
        statements = []
        for one in self.divided:
            found = preference(one, one.after)
            statements += [
                (f"{one.case.name}: networks learn the sum rule, not homogeneity", found.sum_rule),
                (f"{one.case.name}: D_k follows the sum-rule filters, not homogeneous ones", found.follows),
                (f"{one.case.name}: untrained filters refused", not preference(one, one.before).sum_rule),
            ]
        for one in self.parity:
            found = preference(one, one.after)
            refused = one.fits.any() and not found.sum_rule and not found.follows
            statements.append((f"{one.case.name}: sum rule and its D_k refused", bool(refused)))
        return statements

    @property
    def holds(self) -> bool:
        """The verdict."""
        return all(so for _, so in self.verdicts())


def ask(largest_filter: int, largest_stride: int, own: Layer | None, stacks: list[str]) -> Answer:
    """Raises ValueError, one sentence, for what cannot be asked."""
    if not 2 <= largest_stride <= LARGEST_STRIDE:
        raise ValueError(f"the largest stride {largest_stride} is outside 2 … {LARGEST_STRIDE}: choose one inside")
    if not largest_stride <= largest_filter <= LARGEST_FILTER:
        raise ValueError(
            f"the largest filter {largest_filter} is outside {largest_stride} … {LARGEST_FILTER}: choose one inside"
        )
    idealised = [idealise(name) for name in stacks]
    return Answer(
        points(largest_filter, largest_stride),
        [check(name, one) for name, one in exact.SHOWN.items()],
        [(check(name, one), growth_law(whole).exponents[0]) for name, (one, whole) in exact.BROKEN.items()],
        [check(f"own, s = {own.stride}", own)] if own else [],
        judge(draw()),
        idealised,
    )


def cases(filters: list[tuple[int, int]], widths: Sequence[int] = (WIDTH,)) -> list[Case]:
    """Both tasks for each (F, s) and width, and the parity control for the first whose stride does not divide F.

    Raises ValueError, one sentence, for filters with which networks cannot be judged.
    """
    for size, stride in filters:
        if not 2 <= stride <= min(size, 4):
            raise ValueError(
                f"networks with F = {size}, s = {stride} cannot be judged: use a stride of 2, 3 or 4, at most F"
            )
        one = Case(1, size, stride)
        fields = layer_stack.stack_sensitivities((box(size, stride),) * one.architecture.depth).receptive_field
        if one.judged(fields).sum() < 2:
            raise ValueError(
                f"F = {size}, s = {stride} on {one.task.width} pixels leaves fewer than two layers with A_k below "
                f"{one.task.scale}: use a smaller filter"
            )
    if min(widths) < 1:
        raise ValueError(f"the width is {min(widths)} and must be at least 1: use 1 or more")
    divided = [one for one in filters if one[0] % one[1]]
    named: list[tuple[Kind, int, int]] = [(kind, *one) for kind in (1, 2) for one in filters]
    named += [("parity", *one) for one in divided[:1]]
    return [Case(*one, width) for width in widths for one in named]
