"""Tables 1 and 2: mean filters beside the printed ones."""

from dataclasses import replace

import numpy as np

from nets.simple.training import Training
from validate.claims.claim import Finding, Verdict, above, of_fact
from validate.claims.scaling import Judged, experiment
from validate.statistics import estimate
from validate.tables.mean_filters import LARGEST_DEVIATION, LayerFilters, mean_filters


def layers(judged: Judged, words: str) -> list[LayerFilters]:
    """All layers of the table, of networks trained by these words of `python -m validate.scaling`."""
    training = experiment(words).training
    assert isinstance(training, Training)
    return mean_filters(judged.comparison, training)


def signs(judged: Judged, words: str) -> Finding:
    """The sign of the mean filter is the printed one in every layer judged."""
    table = [layer for layer in layers(judged, words) if layer.judged]
    symbols = {1: "+", -1: "−", 0: "undecided"}
    measured = f"layers {table[0].layer}–{table[-1].layer}: {' '.join(symbols[layer.sign] for layer in table)}"
    if any(layer.sign == 0 for layer in table):
        return Finding(Verdict.UNDECIDED, measured, None, "more networks: an interval over seeds contains 0")
    return of_fact(all(layer.sign == layer.printed_sign for layer in table), measured, "another sign than printed")


def positive(judged: Judged, words: str, last: int) -> Finding:
    """Positive up to the layer to which the paper's are."""
    table = layers(judged, words)[:last]
    contradicted = [layer.layer for layer in table if layer.sign < 0]
    unknown = [layer.layer for layer in table if layer.sign == 0]
    measured = f"mean filters of layers 1–{last}: {sum(layer.sign > 0 for layer in table)} positive"
    if contradicted:
        return Finding(Verdict.DOES_NOT_HOLD, measured, None, f"negative in layers {', '.join(map(str, contradicted))}")
    if unknown:
        where = ", ".join(map(str, unknown))
        return Finding(Verdict.UNDECIDED, measured, None, f"layers {where} vary in sign between networks")
    return Finding(Verdict.HOLDS, measured)


def homogeneous(judged: Judged, words: str) -> Finding:
    """Mean filters approximately homogeneous: no weight further from the mean than the printed ones allow."""
    table = [layer for layer in layers(judged, words) if layer.judged]
    worst = max(layer.deviation for layer in table)
    untrained = [replace(layer, filters=layer.initial) for layer in table]
    refused = not any(layer.sign and layer.deviation <= LARGEST_DEVIATION for layer in untrained)
    measured = f"largest deviation of a weight from its filter's mean {worst:.1%}; untrained filters "
    measured += f"are {'refused' if refused else 'ACCEPTED'}"
    return of_fact(worst <= LARGEST_DEVIATION and refused, measured, f"more than {LARGEST_DEVIATION:.0%}")


def single_filters(judged: Judged, words: str) -> Finding:
    """ "Much more homogeneous than initialization", of the filters themselves: halfway from 1/F to 1 in all layers."""
    table = [layer for layer in layers(judged, words) if layer.judged]
    size = table[0].initial.shape[1]
    shares = np.array([layer.homogeneity for layer in table])
    low = estimate(shares.min(axis=0))
    text = ", ".join(f"{share:.2f}" for share in shares.mean(axis=1))
    measured = f"share of the constant mode in single filters {text} (random filters {1 / size:.2f})"
    bound = (1 + 1 / size) / 2
    return above(low, bound, measured, "averages over channels are homogeneous, single filters are random")


def magnitude(judged: Judged, words: str) -> Finding:
    """Layer 1 of the printed magnitude, with ridge and stop rule of App. B.2."""
    first = layers(judged, words)[0]
    ratio = first.magnitude
    accepted = first.same_training and abs(ratio - 1) <= LARGEST_DEVIATION
    return of_fact(accepted, f"layer 1: measured over printed {ratio:.2f}", "another magnitude, or another training")


def parabola(judged: Judged, words: str) -> Finding:
    """Ours: at stride 1 filters of minimal norm are a + b·o², heavier at their edges."""
    table = [layer for layer in layers(judged, words) if layer.judged]
    edges = np.array(
        [layer.filters[:, [0, -1]].mean(1) / layer.filters[:, layer.filters.shape[1] // 2] for layer in table]
    )
    ratio = estimate(edges.mean(axis=0))
    printed = [layer.printed[0] / layer.printed[1] for layer in table if layer.printed is not None]
    beside = f"; printed {min(printed):.2f} … {max(printed):.2f}" if printed else ""
    measured = f"edge over centre {ratio.value:.3f} [{ratio.low:.3f}, {ratio.high:.3f}]{beside}"
    return above(ratio, 1.0, measured, "filters are homogeneous")
