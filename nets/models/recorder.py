"""A record of the convolutions and poolings on an image's way through a model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from nets.models.operation import Operation

if TYPE_CHECKING:
    from nets.models.marked import Marked


@dataclass
class Call:
    """One convolution or pooling on marked tensors, with the module that was running."""

    operation: Operation
    module: str
    source: "Marked"
    output: "Marked"


@dataclass
class Recorder:
    """What happens to the image: `calls` in their order; `lost` names operators at which places are lost, `coarsened`
    the last one that stepped over pixels.
    """

    modules: list[str] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    extend: Callable[[Call], Any] | None = None
    coarsened: str | None = None
    # by storage, kept so that no other tensor gets its address; None: they cannot be told apart
    _learned: dict[int, Tensor] | None = None

    def keep_parameters(self, model: nn.Module) -> None:
        """What is made of them is learned; in frozen TorchScript, which has none any more, all weights are."""
        parameters = list(model.parameters())
        if parameters or not isinstance(model, torch.jit.ScriptModule):
            self._learned = {_storage(parameter): parameter for parameter in parameters}

    def learn(self, made: Sequence[Any], arguments: Sequence[Any]) -> None:
        """What is made of parameters is learned as they are."""
        if self._learned is not None and any(isinstance(leaf, Tensor) and self.is_learned(leaf) for leaf in arguments):
            self._learned.update({_storage(leaf): leaf for leaf in made if isinstance(leaf, Tensor) and leaf.numel()})

    def is_learned(self, value: Any) -> bool:
        """Whether a plain tensor is a parameter, also of a module that the model does not list, or made of some."""
        if self._learned is None or isinstance(value, nn.Parameter):
            return True
        return isinstance(value, Tensor) and _storage(value) in self._learned

    @property
    def where(self) -> str:
        """The module that runs."""
        return next((name for name in reversed(self.modules) if name), "the model itself")


def _storage(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr() if tensor.layout is torch.strided else id(tensor)


def spatial_depth(path: Sequence[Any]) -> tuple[int, int]:
    """(layers that are wider than a pixel or have a stride, the pixels that they read)."""
    wide = [max(layer.size) for layer in path if max(*layer.size, *layer.stride) > 1]
    return len(wide), sum(wide)
