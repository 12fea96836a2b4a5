"""The settings of the judgement on Appendix A."""

from dataclasses import dataclass

from theory.definitions.architecture import MOST
from theory.definitions.ranges import require_whole, require_wholes
from validate.appendix.dimensions import DIMENSIONS

# larger filters need larger rings than a minute allows
LARGEST_FILTER, LARGEST_WIDTH = 101, 2**20


@dataclass(frozen=True)
class AppendixSettings:
    """Filter sizes F, the network (K̃ layers on L pixels) that the proposition's conditions are evaluated for, and the
    dimensions of the scaling laws. Raises ValueError, one sentence, for what cannot be judged,
    TypeError for what is no whole number.
    """

    filter_sizes: tuple[int, ...] = (2, 3, 4, 5)
    depth: int = 12
    width: int = 32
    dims: tuple[int, ...] = DIMENSIONS

    def __post_init__(self) -> None:
        require_whole(self, depth=(1, MOST), width=(2, LARGEST_WIDTH))
        require_wholes(self, filter_sizes=(2, LARGEST_FILTER), dims=(min(DIMENSIONS), max(DIMENSIONS)))
        if max(self.filter_sizes) > self.width:
            raise ValueError(
                f"filter size {max(self.filter_sizes)} is wider than the image, L = {self.width}: use a smaller filter"
            )
