"""Which convolutions, products and poolings a model runs, in which of its modules, and what they cost."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from nets.models.evaluation import evaluation_mode, inner_model, run
from nets.models.geometry import window_of
from nets.models.operation import Operation, decomposed, first_tensor
from nets.models.trace import accepted_images

CONVOLUTIONS = ("convolution", "_convolution", "convolution_overrideable")
# the argument whose last axis is summed over
PRODUCTS = {"mm": 0, "bmm": 0, "addmm": 1, "baddbmm": 1, "linear": 0}


@dataclass(frozen=True)
class Step:
    """One operator as it was called, and the innermost of the model's modules that ran."""

    operation: Operation
    module: nn.Module

    @property
    def is_pooling(self) -> bool:
        """Max and average poolings, adaptive ones too."""
        return "pool" in self.operation.name and "unpool" not in self.operation.name

    @property
    def multiply_adds(self) -> int:
        """(outputs)·(weights of each); of a transposed convolution (inputs)·(weights of each); of poolings
        (outputs)·(pixels of the window); 0 of all other operators.
        """
        name, args, outputs = self.operation.name, self.operation.args, self.operation.output.numel()
        if name in CONVOLUTIONS:
            read = args[0].numel() if self.operation.argument("transposed", False) else outputs
            return int(read * args[1][0].numel())
        if name in PRODUCTS:
            return int(outputs * args[PRODUCTS[name]].shape[-1])
        window = window_of(self.operation) if self.is_pooling else None
        return 0 if window is None else outputs * math.prod(window[0])


@torch.no_grad()
def operations(model: nn.Module, image: Tensor) -> int:
    """Σ multiply-adds of convolutions, matrix products (linear layers) and poolings, for the first of (B, C, …) images;
    for all where the model takes no single one.

    What runs inside one fused operator, an attention for one, is not counted. Raises ValueError, one sentence, where
    the model does not take the image.
    """
    return sum(step.multiply_adds for step in steps(model, image))


@torch.no_grad()
def steps(model: nn.Module, image: Tensor) -> list[Step]:
    """All operators that give tensors, in their order, of the model in evaluation mode on the first of (B, C, …)
    images, or all where it takes no single one.
    """
    inner = inner_model(model)
    recording = _Recording([inner])
    with evaluation_mode(model):
        accepted = accepted_images(model, image)
        with _running(inner, recording.running), recording:
            run(model, accepted)
    return recording.steps


@dataclass
class _Recording(TorchDispatchMode):
    """Of operators that run below it; `running` are the modules that are in their forward, innermost last."""

    running: list[nn.Module]
    steps: list[Step] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        kwargs = kwargs or {}
        if (parts := decomposed(self, function, args, kwargs)) is not NotImplemented:
            return parts
        output = function(*args, **kwargs)
        name = function._schema.name.removeprefix("aten::")
        tensor = output[0] if isinstance(output, tuple | list) and output else output
        if isinstance(tensor, Tensor):
            operation = Operation(function, name, args, kwargs, _no_marks, first_tensor(output), _not_learned)
            self.steps.append(Step(operation, self.running[-1]))
        return output


@contextmanager
def _running(model: nn.Module, running: list[nn.Module]) -> Iterator[None]:
    """Keep the list of modules that are in their forward."""

    def enter(module: nn.Module, inputs: object) -> None:
        running.append(module)

    def leave(module: nn.Module, inputs: object, output: object) -> None:
        running.pop()

    removals: list[Callable[[], None]] = []
    for module in model.modules():
        if not isinstance(module, torch.jit.ScriptModule):
            removals += [
                module.register_forward_pre_hook(enter).remove,
                module.register_forward_hook(leave).remove,
            ]
    try:
        yield
    finally:
        for remove in removals:
            remove()


def _no_marks(value: object) -> None:
    return None


def _not_learned(value: object) -> bool:
    return False
