"""The simple CNN of Section 4 (Eq. 2, App. B.2), many seeds at once as one batched network."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from theory.definitions.architecture import Architecture


@dataclass
class SimpleCNNs:
    """S networks of K layers and H channels, stored for one matrix product per layer.

    f₀ = x,  z = Σ w·patch/√(fan-in) + b,  f_k = √F·φ(z),  output = β·⟨f_K⟩_space/H + offset,
    with fan-in F·H_{k−1} (F^dim pixels in dimension dim) and every parameter N(0, 1) at initialisation.

    first    (S, F, H)            filters of layer 1, one input channel
    hidden   (K−1, S, F·H, H)     filters of layers 2 … K; row (o, c') is pixel o of input channel c'
    bias     (K, S, 1, H)
    readout  (S, H, 1)            β
    offset   (S, 1, 1)            bias of the output
    """

    first: Tensor
    hidden: Tensor
    bias: Tensor
    readout: Tensor
    offset: Tensor

    @property
    def depth(self) -> int:
        return self.bias.shape[0]

    @property
    def channels(self) -> int:
        return self.bias.shape[3]

    @property
    def patch_size(self) -> int:
        """F, or F^dim: pixels of one filter."""
        return self.first.shape[1]

    def filters(self, layer: int) -> Tensor:
        """(S, F, H_in, H) filters of layer 1 … K."""
        weight = self.weight(layer)
        return weight.view(weight.shape[0], self.patch_size, -1, self.channels)

    def weight(self, layer: int) -> Tensor:
        """(S, F·H_in, H) filters of layer 1 … K as the matrix that multiplies patches."""
        return self.first if layer == 1 else self.hidden[layer - 2]

    def tensors(self) -> dict[str, Tensor]:
        """The parameters by name, as saved."""
        return {name: getattr(self, name) for name in ("first", "hidden", "bias", "readout", "offset")}

    def select(self, seeds: list[int]) -> "SimpleCNNs":
        """A copy of the networks at these places of the batch."""
        return SimpleCNNs(
            first=self.first[seeds].clone(),
            hidden=self.hidden[:, seeds].clone(),
            bias=self.bias[:, seeds].clone(),
            readout=self.readout[seeds].clone(),
            offset=self.offset[seeds].clone(),
        )

    def view(self, seed: int) -> "SimpleCNNs":
        """The network at this place of the batch; it shares its memory."""
        place = slice(seed, seed + 1)
        return SimpleCNNs(
            self.first[place], self.hidden[:, place], self.bias[:, place], self.readout[place], self.offset[place]
        )

    def zeros(self) -> "SimpleCNNs":
        """Zeros in the shape of every parameter."""
        return SimpleCNNs(**{name: torch.zeros_like(tensor) for name, tensor in self.tensors().items()})

    def to(self, *args: object) -> "SimpleCNNs":
        """The same networks on another device or in another precision."""
        return SimpleCNNs(**{name: tensor.to(*args) for name, tensor in self.tensors().items()})  # type: ignore[call-overload]


def parameter_shapes(architecture: Architecture, channels: int, seeds: int, dim: int = 1) -> dict[str, tuple[int, ...]]:
    """The shape of every parameter of `seeds` networks."""
    size, depth = architecture.filter_size**dim, architecture.depth
    return {
        "first": (seeds, size, channels),
        "hidden": (depth - 1, seeds, size * channels, channels),
        "bias": (depth, seeds, 1, channels),
        "readout": (seeds, channels, 1),
        "offset": (seeds, 1, 1),
    }


def initialize(architecture: Architecture, channels: int, seeds: list[int], dim: int = 1) -> SimpleCNNs:
    """Networks with all parameters N(0, 1), float32 on the CPU; each seed's are its own whatever the others."""
    shapes = parameter_shapes(architecture, channels, 1, dim)
    drawn = []
    for seed in seeds:
        generator = torch.Generator().manual_seed(seed)
        drawn.append([torch.randn(shape, generator=generator) for shape in shapes.values()])
    first, hidden, bias, readout, offset = zip(*drawn, strict=True)
    return SimpleCNNs(torch.cat(first), torch.cat(hidden, 1), torch.cat(bias, 1), torch.cat(readout), torch.cat(offset))


def layer(networks: SimpleCNNs, k: int, patches: Tensor, scale: float = 1.0) -> Tensor:
    """f_k = √F φ(scale·w·patch/√(fan-in) + b) (Eq. 2): (S, n, F·H_in) patches to (S, n, H)."""
    weight, root = networks.weight(k), math.sqrt(networks.patch_size)
    # √F φ(z) = φ(√F z): one pass less over the activations
    return torch.baddbmm(
        networks.bias[k - 1], patches, weight, beta=root, alpha=scale * root / math.sqrt(weight.shape[1])
    ).relu_()


def representations(networks: SimpleCNNs, architecture: Architecture, images: Tensor, dim: int = 1) -> list[Tensor]:
    """[f_1, …, f_K] of (B, N) images, or of one set per seed, (S, B, N): each f_k is (S, B, L_k^dim, H)."""
    seeds, channels = networks.readout.shape[:2]
    f = images.expand(seeds, *images.shape[-2:]).unsqueeze(-1)
    width = round(f.shape[2] ** (1 / dim))
    layers = []
    for k in range(1, networks.depth + 1):
        positions = torch.as_tensor(architecture.patches(width, dim), device=f.device)
        patches = f[:, :, positions.reshape(-1)].reshape(seeds, f.shape[1] * len(positions), -1)
        f = layer(networks, k, patches).view(seeds, f.shape[1], len(positions), channels)
        width //= architecture.stride
        layers.append(f)
    return layers


def mean_channel(networks: SimpleCNNs) -> SimpleCNNs:
    """The networks with all filters of each layer replaced by their mean over channels (Section 4.3; Fig. 7, dotted).

    Channels keep their own biases; those that training had silenced are active again.
    """
    hidden = networks.hidden.view(*networks.hidden.shape[:2], networks.patch_size, -1, networks.channels)
    return SimpleCNNs(
        first=networks.first.mean(2, keepdim=True).expand_as(networks.first).contiguous(),
        hidden=hidden.mean((3, 4), keepdim=True).expand_as(hidden).reshape(networks.hidden.shape),
        bias=networks.bias,
        readout=networks.readout,
        offset=networks.offset,
    )
