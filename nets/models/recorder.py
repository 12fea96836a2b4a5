"""A record of the convolutions and poolings on an image's way through a model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

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
    """What happens to the image: `calls` in their order; `lost` names operators at which places are lost."""

    modules: list[str] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    extend: Callable[[Call], Any] | None = None

    @property
    def where(self) -> str:
        """The module that runs."""
        return next((name for name in reversed(self.modules) if name), "the model itself")


def spatial_depth(path: Sequence[Any]) -> tuple[int, int]:
    """(layers that are wider than a pixel or have a stride, the pixels that they read)."""
    wide = [max(layer.size) for layer in path if max(*layer.size, *layer.stride) > 1]
    return len(wide), sum(wide)
