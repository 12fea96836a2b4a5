"""The settings of the judgement on Appendix A."""

from dataclasses import dataclass

from validate.appendix.dimensions import DIMENSIONS

# larger filters need larger rings than a minute allows
LARGEST_FILTER, LARGEST_WIDTH = 101, 2**20


@dataclass(frozen=True)
class AppendixSettings:
    """Filter sizes F, the network (K̃ layers on L pixels) that the proposition's conditions are evaluated for, and the
    dimensions of the scaling laws. Raises ValueError, one sentence, for what cannot be judged.
    """

    filter_sizes: tuple[int, ...] = (2, 3, 4, 5)
    depth: int = 12
    width: int = 32
    dims: tuple[int, ...] = DIMENSIONS

    def __post_init__(self) -> None:
        smallest, largest = min(self.filter_sizes), max(self.filter_sizes)
        outside = [dim for dim in self.dims if dim not in DIMENSIONS]
        if self.depth < 1:
            raise ValueError(f"depth {self.depth} has no layer: use --depth 1 or more")
        if smallest < 2:
            raise ValueError(f"a filter of size {smallest} moves nothing: use --filter-size 2 or more")
        if largest > self.width:
            raise ValueError(f"filter size {largest} is wider than the image, L = {self.width}: use a smaller filter")
        if largest > LARGEST_FILTER:
            raise ValueError(f"filter size {largest} takes longer than a minute: use {LARGEST_FILTER} or less")
        if self.width > LARGEST_WIDTH:
            raise ValueError(f"width {self.width} is more than 2^20 pixels: use --image-width {LARGEST_WIDTH} or less")
        if outside:
            raise ValueError(f"dimension {outside[0]} is not simulated: use --dim 1, 2 or 3")
