"""What is compared, in words, printed before the run."""

from rich.text import Text

from nets.simple.training import Training
from validate.experiment import Experiment


def settings(experiment: Experiment) -> Text:
    """Task, network, conventions and training; what of the preset was changed is named."""
    task, architecture, conventions = experiment.task, experiment.architecture, experiment.conventions
    gap = f", gap {task.gap:g}" if task.gap else ""
    plane = f", d = {task.dim}" if task.dim > 1 else ""
    norm = "average displacement" if conventions.noise_norm == "average" else "displacement of each image"
    near, far = task.counts[1], task.counts[-1]
    lines = [
        f"Task {task.kind}{plane}: L = {task.width}, xi = {task.scale}{gap}; {near} + {far} images, {task.sampling}; "
        f"F = {architecture.filter_size}, s = {architecture.stride}, {architecture.depth} layers",
        f"Eq. 1 with {conventions.move} moves, {conventions.noise} noise matched to the {norm}, "
        f"{conventions.denominator} x1 and x2",
    ]
    if experiment.training is not None:
        lines.append(_networks(experiment.training))
    if experiment.changed:
        changes = "; ".join(f"{name} {value}, not {preset}" for name, (value, preset) in experiment.changed.items())
        lines.append(f"not as the preset has it: {changes}")
    return Text("\n".join(lines))


def _networks(training: Training) -> str:
    momentum = f"momentum {training.momentum:g} from epoch {training.momentum_from}, " if training.momentum else ""
    return (
        f"networks: width {training.channels}, {len(training.seeds)} seeds, {training.images} training images, "
        f"batch {training.batch or training.images}, learning rate {training.learning_rate:g}·width, "
        f"{momentum}cooldown {training.cooldown:g}, ridge {training.ridge:g}, {_end(training)}"
    )


def _end(training: Training) -> str:
    rule = f"until {training.patience} times the epoch of interpolation"
    if training.patience:
        return rule if training.epochs is None else f"{rule}, at most {training.epochs} epochs"
    rounds = f", then {training.minimal_norm} rounds towards minimal norm" if training.minimal_norm else ""
    return f"{training.epochs} epochs{rounds}"
