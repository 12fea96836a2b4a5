"""What the law is judged on."""

from dataclasses import dataclass

from sweep.run import Run
from theory import layer_stack
from theory.definitions.stack import Layer, box
from theory.definitions.task import Kind
from validate.law.idealised import NAMED
from validate.law.network_split import translation_runs
from validate.law.networks import CHANNELS, NetworkSettings, runs_of

# filters and strides up to which a minute is enough
LARGEST_FILTER, LARGEST_STRIDE = 32, 8
NETWORKS = ((2, 2), (3, 2), (4, 2), (3, 3), (6, 3))
SEEDS = 8


@dataclass(frozen=True)
class LawSettings:
    """Homogeneous filters up to the largest F and s, a filter of the user's, named stacks, and networks to train:
    (F, s) and channels; `networks=()` is theory and simulation alone.

    Raises ValueError, one sentence, for what cannot be judged.
    """

    largest_filter: int = LARGEST_FILTER
    largest_stride: int = LARGEST_STRIDE
    own: Layer | None = None
    stacks: tuple[str, ...] = ("resnet18",)
    networks: tuple[tuple[int, int], ...] = NETWORKS
    channels: tuple[int, ...] = (CHANNELS,)
    seeds: int = SEEDS

    def __post_init__(self) -> None:
        largest_filter, largest_stride = self.largest_filter, self.largest_stride
        if not 2 <= largest_stride <= LARGEST_STRIDE:
            raise ValueError(f"the largest stride {largest_stride} is outside 2 … {LARGEST_STRIDE}: choose within")
        if not largest_stride <= largest_filter <= LARGEST_FILTER:
            raise ValueError(
                f"the largest filter {largest_filter} is outside {largest_stride} … {LARGEST_FILTER}: choose within"
            )
        if self.own is not None and self.own.stride == 1:
            raise ValueError(
                "stride 1 is diffusion and has no transfer matrix (α = 2 if the taps' differences have no common "
                "divisor, else D = 2): use --stride 2 or more"
            )
        for name in self.stacks:
            if name not in NAMED:
                raise ValueError(f"the stack {name!r} is unknown: use {', '.join(NAMED)}")
        if self.seeds < 2:
            raise ValueError(f"{self.seeds} seeds give no interval: use 2 or more")
        if min(self.channels) < 1:
            raise ValueError(f"{min(self.channels)} channels are too few: use 1 or more")
        for size, stride in self.networks:
            _check_network(size, stride)

    @property
    def trained(self) -> list[NetworkSettings]:
        """Both tasks for each (F, s) and channels, and the parity control for the first whose stride does not divide
        F.
        """
        not_divided = [(size, stride) for size, stride in self.networks if size % stride]
        named: list[tuple[Kind, int, int]] = [(kind, *filter_) for kind in (1, 2) for filter_ in self.networks]
        named += [("parity", *filter_) for filter_ in not_divided[:1]]
        return [NetworkSettings(*names, channels) for channels in self.channels for names in named]

    @property
    def runs(self) -> list[Run]:
        """The runs of all networks, those of each after one another: first all measurements, then all translations."""
        return [
            run for of in (runs_of, translation_runs) for network in self.trained for run in of(network, self.seeds)
        ]


def _check_network(size: int, stride: int) -> None:
    if not 2 <= stride <= min(size, 4):
        raise ValueError(
            f"networks with F = {size}, s = {stride} cannot be judged: use a stride of 2, 3 or 4, at most F"
        )
    network = NetworkSettings(1, size, stride)
    fields = layer_stack.stack_sensitivities((box(size, stride),) * network.architecture.depth).receptive_field
    if len(network.layers_judged(fields)) < 2:
        raise ValueError(
            f"F = {size}, s = {stride} on {network.task.width} pixels leaves fewer than two layers with A_k below "
            f"{network.task.scale}: use a smaller filter"
        )
