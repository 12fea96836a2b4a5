"""The learned part of a model's convolutions, between two states of it, and the model with that part changed."""

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from nets.models.calibration import calibrate_batch_norm
from nets.models.evaluation import inner_model
from nets.models.generators import stream
from nets.models.learned import Intervention, Split, frozen, split

# statistics of batch-norm layers after an intervention: those of the changed activations, or as training left them
BatchNorm = Literal["recalibrated", "kept"]


@dataclass(frozen=True)
class ModelSplits:
    """{convolution: W = σ W(0) + ΔW} of those with filters of more than one pixel; `frozen` names those without ΔW."""

    splits: Mapping[str, Split]
    frozen: tuple[str, ...]


def model_splits(before: nn.Module, after: nn.Module) -> ModelSplits:
    """All convolutions of two states of one model, in its order.

    Raises ValueError, one sentence, for states of different architectures or that are not finite, a model without
    convolutions, and one whose convolutions were all frozen.
    """
    starts, ends = _filters(before), _filters(after)
    if not ends:
        raise ValueError(
            f"{type(after).__name__} has no convolution with filters of more than one pixel: modes are of those"
        )
    if starts.keys() != ends.keys():
        differing = sorted(starts.keys() ^ ends.keys())[0]
        raise ValueError(
            f"only one of start and end has the convolution {differing}: give two states of one architecture"
        )
    _require_finite(after)
    parts = {name: split(starts[name], end, name) for name, end in ends.items()}
    learned = {name: part for name, part in parts.items() if not frozen(part)}
    if not learned:
        raise ValueError(
            "no convolution learned anything, start and end are the same but for a factor (ΔW = 0): give the weights "
            "before and after training"
        )
    return ModelSplits(learned, tuple(name for name in parts if name not in learned))


def changed_model(
    after: nn.Module,
    splits: Mapping[str, Split],
    change: Intervention | None,
    seed: int,
    images: Tensor,
    batch_norm: BatchNorm = "recalibrated",
) -> nn.Module:
    """A copy of the model in evaluation mode, whose convolutions have the changed filters; `None` changes nothing.

    images   (n, C, …) that batch-norm statistics are taken from anew, "recalibrated"
    """
    model = copy.deepcopy(after).eval()
    modules, generator = dict(inner_model(model).named_modules()), stream("learned", seed)
    for name, part in splits.items():
        if change is not None:
            _set_filters(modules[name], change(part, generator))
    if batch_norm == "recalibrated":
        calibrate_batch_norm(model, images)
    return model


def _filters(model: nn.Module) -> dict[str, Tensor]:
    """{name: (out, in, F₁, …) filters} of convolutions of more than one pixel."""
    return {
        name: module.weight.detach()
        for name, module in inner_model(model).named_modules()
        if isinstance(module, nn.Conv1d | nn.Conv2d | nn.Conv3d) and math.prod(module.kernel_size) > 1
    }


def _set_filters(module: nn.Module, filters: Tensor) -> None:
    if parametrize.is_parametrized(module, "weight"):
        parametrize.remove_parametrizations(module, "weight")
    weight = module.weight
    assert isinstance(weight, Tensor)
    with torch.no_grad():
        weight.copy_(filters)


def _require_finite(model: nn.Module) -> None:
    for name, tensor in model.state_dict().items():
        if isinstance(tensor, Tensor) and tensor.is_floating_point() and not tensor.isfinite().all():
            raise ValueError(
                f"the weights {name} at the end are not finite: give the weights of a training that did not diverge"
            )
