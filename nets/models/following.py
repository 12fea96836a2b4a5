"""An image followed through a model: each pixel marked, and what the model makes on the way with it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode

from nets.models.marked import Marked, dispatch
from nets.models.operation import no_mark
from nets.models.recorder import Recorder


class _Factories(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Tensors that the model makes on the way can take up what comes from the image, and from its parameters."""

    def __init__(self, recorder: Recorder, count: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.recorder, self.count = recorder, count

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        kwargs = kwargs or {}
        leaves = pytree.tree_leaves((args, kwargs))
        if any(isinstance(leaf, Marked) for leaf in leaves):
            return dispatch(function, args, kwargs)
        made = function(*args, **kwargs)
        self.recorder.learn(pytree.tree_leaves(made), leaves)
        name = function._schema.name.removeprefix("aten::")
        if isinstance(made, Tensor) and (
            not any(isinstance(leaf, Tensor) for leaf in leaves) or name.startswith("new_")
        ):
            return Marked(made, tuple(no_mark(made.shape) for _ in range(self.count)), (), self.recorder)
        return made


def marked_image(image: Tensor, recorder: Recorder) -> Marked:
    """The image, each pixel of which depends on itself and stands where it is."""
    sides = image.shape[2:]
    after, before = [], []
    for axis, side in enumerate(sides):
        pixel = torch.arange(side, dtype=torch.float32, device="cpu")
        pixel = pixel.reshape([side if d == axis else 1 for d in range(len(sides))])
        after.append((pixel + 1).expand(image.shape).clone())
        before.append((side - pixel).expand(image.shape).clone())
    places = [mark.clone() for mark in after]
    return Marked(image, (*after, *before, *places, no_mark(image.shape)), (), recorder)


@contextmanager
def recording(model: nn.Module, recorder: Recorder, axes: int) -> Iterator[None]:
    """Lets the recorder know the model's parameters, which module runs, and what the model makes on the way."""

    def enter(name: str) -> Callable[..., None]:
        return lambda module, inputs: recorder.modules.append(name)

    def leave(module: nn.Module, inputs: object, result: object) -> None:
        recorder.modules.pop()

    recorder.keep_parameters(model)
    handles = []
    for name, module in model.named_modules():
        if not isinstance(module, torch.jit.ScriptModule):
            handles += [module.register_forward_pre_hook(enter(name)), module.register_forward_hook(leave)]
    try:
        with _Factories(recorder, 3 * axes + 1):
            yield
    finally:
        for handle in handles:
            handle.remove()
