"""What the figures of deep networks print: settings, correlation, layers, filters, seeds that are left out."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from rich.table import Table
from rich.text import Text

from nets.deep.settings import DeepTraining
from theory.definitions.sensitivities import Sensitivities
from validate.deep.correlation import LEVEL, SIGNS, Interval
from validate.deep.ensemble import Ensemble
from validate.deep.judgement import QUANTITIES, Correlations, Judgement
from validate.deep.settings import CORRELATED, DEPTH, DeepExperiment
from validate.deep.statement_table import statement_table
from validate.presentation import spread, table


def settings(experiment: DeepExperiment) -> Text:
    """What is trained and measured, printed before the run; what of the preset was changed is named."""
    training, probing, several = experiment.trainings[0], experiment.probing, experiment.trainings
    moves = f"{probing.move} moves"
    if probing.move == "smooth":
        moves = f"diffeomorphisms of {probing.displacement:g} pixels, cut-off {probing.cut_off:g},"
    lines = [
        experiment.task.summary,
        f"{', '.join(experiment.architectures)}; {_each(several, 'width', 'width × {:g}')}, "
        f"{len({each.seed for each in several})} seeds, {training.images} training "
        f"images, {training.loss} loss, batch {training.batch}, {_each(several, 'optimizer', '{}')}, "
        f"{_each(several, 'learning_rate', 'learning rate {:g}')}, {_each(several, 'schedule', '{}')}, "
        f"momentum {training.momentum:g}, {_each(several, 'weight_decay', 'weight decay {:g}')}, {training.epochs} "
        f"epochs, stopped early on {training.validation} images; {training.test} test images",
        f"Eq. 1 on {probing.images} test images with {moves} and {probing.noise} noise of their norm "
        f"({probing.noise_norm}), and {probing.shuffles} networks with shuffled channels",
    ]
    if experiment.left_out:
        count = len(experiment.left_out)
        files = f"{count} files were" if count > 1 else "1 file was"
        lines.append(f"{files} left out of the data: {'; '.join(experiment.left_out[:3])}{' …' * (count > 3)}")
    if experiment.changed:
        changes = "; ".join(f"{name} {value}, not {preset}" for name, (value, preset) in experiment.changed.items())
        lines.append(f"not as the preset has it: {changes}")
    return Text("\n".join(lines))


def _each(trainings: Sequence[DeepTraining], setting: str, words: str) -> str:
    """The setting of all trainings, or each value of it with the architectures that have it."""
    values: dict[Any, list[str]] = {}
    for training in trainings:
        names = values.setdefault(getattr(training, setting), [])
        if training.architecture not in names:
            names.append(training.architecture)
    several = len(values) > 1
    return ", ".join(words.format(v) + (f" ({', '.join(names)})" if several else "") for v, names in values.items())


def tables(judgement: Judgement) -> list[Table]:
    """The outputs, and what the figure shows."""
    if not judgement.drawable:
        return [_outputs(judgement.ensembles)]
    outputs = _outputs(judgement.ensembles)
    if judgement.figure in CORRELATED:
        return [outputs, _correlations(judgement)]
    shown = [outputs, _filters(judgement.trained)]
    if judgement.figure in DEPTH:
        shown = [outputs, _curves(judgement), _depth(judgement.trained)]
    if judgement.condition is not None and judgement.statements:
        shown.append(statement_table(judgement.statements, judgement.condition))
    return shown


def _outputs(ensembles: Sequence[Ensemble]) -> Table:
    """Test errors and sensitivities of the output."""
    rows = []
    for ensemble in ensembles:
        outputs = [getattr(ensemble.after, q)[:, -1] for q in QUANTITIES]
        outputs += [getattr(ensemble.before, q)[:, -1] for q in ("D", "G")]
        cells = [spread(values) if len(values) else "—" for values in (ensemble.test_error, *outputs)]
        rows.append([ensemble.architecture, str(len(ensemble.seeds)), *cells])
    excluded = [sentence for ensemble in ensembles for sentence in ensemble.excluded]
    headings = ("architecture", "seeds", "test error", "D_f", "G_f", "R_f", "D_f before", "G_f before")
    caption = "\n".join(["before: untrained", *excluded])
    return table("Outputs: mean ± standard deviation over seeds", headings, rows, caption)


def _correlations(judgement: Judgement) -> Table:
    """ρ of Figs. 8 and 10 and its verdict, and beside it of other choices of networks."""
    (_, paper), *others = judgement.correlations.items()
    rows = []
    for quantity, rho in paper.items():
        beside = [_beside(other, quantity) for _, other in others]
        rows.append([
            f"{quantity}_f", "> 0" if SIGNS[quantity] > 0 else "< 0", f"{rho.rho:+.2f} {interval(rho.architectures)}",
            interval(rho.families), f"{rho.family_rho:+.2f} {interval(rho.family_normal)}", f"{rho.p:.2g}",
            rho.verdict, *beside,
        ])  # fmt: skip
    rho = paper["D"]
    caption = (
        f"{rho.points} architectures of {rho.family_count} families, means over seeds; nominal 95 % intervals:\n"
        "bootstrap of architectures, as if all were independent; of families; and of the correlation of family means,\n"
        "normal theory; simulated with the quick preset's families they contain the truth in 65–91, 82–90, 94–96 of\n"
        "100 sets; p: share of all assignments of the families' errors with as large a correlation of their means;\n"
        f"verdict: by p, decided where it is at most {LEVEL}; the least p of so many is "
        f"1/{math.factorial(rho.family_count)}"
    )
    headings = ("X", "the paper", "ρ (architectures)", "(families)", "family means", "p", "verdict")
    title = "ρ(ε, X) = Cov(ln ε, ln X)/√(Var Var) over architectures"
    return table(title, (*headings, *(name for name, _ in others)), rows, caption)


def _beside(correlations: Correlations, quantity: str) -> str:
    rho = correlations[quantity]
    return f"{rho.rho:+.2f} {interval(rho.families)}, p = {rho.p:.2g}"


def _curves(judgement: Judgement) -> Table:
    """R_k of every layer, means over seeds."""
    rows = []
    for ensemble in judgement.trained:
        chosen = {"untrained": ensemble.before, "trained": ensemble.after, "shuffled": ensemble.shuffled}
        for name, sensitivities in chosen.items():
            if sensitivities is not None:
                curve = " ".join(f"{R:.2g}" for R in sensitivities.R.mean(0))
                rows.append([ensemble.architecture if name == "untrained" else "", name, curve])
    names = {ensemble.architecture for ensemble in judgement.trained}
    twins = [f"{name} and {plain}" for name, plain in judgement.twins.items() if {name, plain} <= names]
    caption = f"untrained, {' and '.join(twins)} are one network" if twins else None
    return table("R_k from layer to layer, the output last: means over seeds", ("", "", "R_k"), rows, caption, left=3)


def _depth(ensembles: Sequence[Ensemble]) -> Table:
    """First and last hidden layer, and how far shuffled and homogeneous networks are."""
    rows = []
    for ensemble in ensembles:
        for quantity in QUANTITIES:
            # without the output, which is no hidden layer; the homogeneous network has none
            before, after, shuffled = (
                _of(sensitivities, quantity, len(ensemble.layers) - 1)
                for sensitivities in (ensemble.before, ensemble.after, ensemble.shuffled)
            )
            ideal = _of(ensemble.homogeneous, quantity)
            ends = ["—" if values is None else _ends(values) for values in (before, after, shuffled, ideal)]
            apart = ["—" if values is None else _distance(values, after) for values in (shuffled, ideal)]
            rows.append([ensemble.architecture if quantity == "D" else "", f"{quantity}_k", *ends, *apart])
    reasons = [
        f"{ensemble.architecture} is not shuffled: {ensemble.why_not_shuffled}"
        for ensemble in ensembles
        if ensemble.why_not_shuffled
    ]
    headings = ("architecture", "", "untrained", "trained", "shuffled", "homogeneous", "|ln shuffled/trained|",
                "|ln homogeneous/trained|")  # fmt: skip
    caption = "\n".join(["distances: median over layers and seeds", *reasons])
    return table("Hidden layers, from the first to the last: means over seeds", headings, rows, caption, left=2)


def _filters(ensembles: Sequence[Ensemble]) -> Table:
    """Share of the constant mode, of single filters and of their mean, and Fig. 12's aggregate of each convolution."""
    rows = []
    for ensemble in ensembles:
        for k, (name, spectra) in enumerate(ensemble.spectra.items(), start=1):
            cells = [
                " → ".join(
                    spread(np.array([getattr(spectrum, share) for spectrum in networks]))
                    for networks in (spectra.before, spectra.after)
                )
                for share in ("homogeneity", "mean_homogeneity", "roughness")
            ]
            rows.append([ensemble.architecture if k == 1 else "", name, str(k), *cells])
    headings = ("architecture", "convolution", "k", "constant mode", "of the mean filter", "roughness")
    caption = (
        "constant mode: its share of the filters' power (Eq. 3), 1 for homogeneous filters, 1/F² for random ones;\n"
        "mean filter: over channels; roughness (Fig. 12): 0 for homogeneous filters, 1 for random ones"
    )
    title = "Filters, before → after training: means ± standard deviations over seeds"
    return table(title, headings, rows, caption, left=2)


def interval(ends: Interval) -> str:
    """An interval as it is printed."""
    return f"[{ends[0]:+.2f}, {ends[1]:+.2f}]"


def _of(sensitivities: Sensitivities | None, quantity: str, layers: int | None = None) -> np.ndarray | None:
    """(S, K) of the first layers; None where there are none."""
    return None if sensitivities is None else getattr(sensitivities, quantity)[:, :layers]


def _ends(values: np.ndarray) -> str:
    """Of (S, K) numbers: the means over seeds in the first and the last layer."""
    means = values.mean(0)
    return f"{means[0]:.3g} → {means[-1]:.3g}"


def _distance(values: np.ndarray, others: np.ndarray | None) -> str:
    """Median |ln values/others| over seeds and the layers that both have."""
    assert others is not None
    return f"{np.median(np.abs(np.log(values / others[:, : values.shape[1]]))):.3f}"
