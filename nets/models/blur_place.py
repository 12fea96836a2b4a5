"""Where a step over pixels that is taken densely is blurred: behind the norm and activation that follow it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor, nn
from torch.utils import _pytree as pytree

from nets.models.operations import CONVOLUTIONS, Step

NORMS = {"native_batch_norm", "cudnn_batch_norm", "miopen_batch_norm", "_native_batch_norm_legit_no_training"}
ACTIVATIONS = {
    "relu", "relu6", "hardtanh", "leaky_relu", "elu", "celu", "selu", "gelu", "silu", "hardswish", "hardsigmoid",
    "mish", "sigmoid", "tanh", "softplus", "threshold", "clamp", "clamp_min", "rrelu_with_noise", "_prelu_kernel",
}  # fmt: skip
# modules that read an image before all else
READERS = (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d, nn.AvgPool1d, nn.AvgPool2d,
           nn.AvgPool3d)  # fmt: skip


@dataclass(frozen=True)
class BlurPlace:
    """Behind the module, or before it."""

    module: nn.Module
    before: bool = False


def blur_place(step: Step, recorded: Sequence[Step]) -> BlurPlace:
    """Where Zhang (2019) blurs what `step` gives: convolution, norm, activation, blur, each number read by the next
    operator alone; behind the last of their modules, or before the convolution or pooling that reads them where that
    module runs elsewhere too. Behind the step itself where it is a pooling, no activation follows, or there is no such
    module: a sum with other paths for one.
    """
    behind = BlurPlace(step.module)
    if step.operation.name not in CONVOLUTIONS or _runs(step.module, recorded) > 1:
        return behind
    last, activated = step, False
    while (following := _only_reader(last, recorded)) is not None and _is_pointwise(following, last.operation.output):
        last, activated = following, activated or _name(following) in ACTIVATIONS
    if not activated:
        return behind
    final = next(other for other in reversed(recorded) if other.module is last.module)
    if final is last and _runs(last.module, recorded) == 1 and not any(last.module.children()):
        return BlurPlace(last.module)
    reader = _only_reader(last, recorded)
    if reader is not None and isinstance(reader.module, READERS) and _runs(reader.module, recorded) == 1:
        return BlurPlace(reader.module, before=True)
    return behind


def _only_reader(step: Step, recorded: Sequence[Step]) -> Step | None:
    """The operator that reads what the step gives; None where there are several, or none. What is written into the
    numbers themselves is read by all that come later.
    """
    read = step.operation.output
    later = recorded[next(n for n, other in enumerate(recorded) if other is step) + 1 :]
    readers = [other for other in later if any(leaf is read for leaf in pytree.tree_leaves(other.operation.args))]
    if readers and (len(readers) == 1 or readers[0].operation.output is read):
        return readers[0]
    return None


def _is_pointwise(step: Step, read: Tensor) -> bool:
    """A norm or activation of the numbers, each by itself."""
    return _name(step) in NORMS | ACTIVATIONS and step.operation.args[0] is read


def _name(step: Step) -> str:
    """Of the operator, that which writes into what it reads too."""
    name = step.operation.name
    return name if name in NORMS | ACTIVATIONS else name.removesuffix("_")


def _runs(module: nn.Module, recorded: Sequence[Step]) -> int:
    """How often the module runs its operator of many numbers: a convolution, pooling, norm or activation."""
    names = Counter(_name(step) for step in recorded if step.module is module)
    return max((n for name, n in names.items() if name in NORMS | ACTIVATIONS), default=0) or sum(
        n for name, n in names.items() if name in CONVOLUTIONS or "pool" in name
    )
