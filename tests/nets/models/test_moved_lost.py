"""Grids of layers, displacement fields on them, and D split into moved and lost."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nets.models.diffeomorphisms import Diffeomorphisms
from nets.models.grids import Grid, grids
from nets.models.layers import layers_called
from nets.models.motions import Motion
from nets.models.moved_lost import displacement_field, measure_split
from nets.models.sensitivity import measure_sensitivities
from nets.models.transport import interpolation_error, transport


class Residual(nn.Module):
    """A block with a stride on both branches."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(4, 4, 3, 2, 1), nn.Conv2d(4, 4, 3, 1, 1)
        self.beside = nn.Conv2d(4, 4, 1, 2)

    def forward(self, x: Tensor) -> Tensor:
        branch: Tensor = self.second(self.first(x).relu())
        return (branch + self.beside(x)).relu()


class Padded(nn.Module):
    """Padding and steps outside of the convolutions, other steps along each axis."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 4, 4, 2), nn.Conv2d(4, 4, 3, 2)

    def forward(self, x: Tensor) -> Tensor:
        f = F.pad(self.first(F.pad(x, (3, 3, 3, 3))), (1, 1, 1, 1))
        return self.second(f[:, :, 1:, ::2])  # type: ignore[no-any-return]


def pools() -> nn.Module:
    layers = [layer for _ in range(3) for layer in (nn.Conv2d(3, 3, 3, 1, 1), nn.ReLU(), nn.MaxPool2d(2))]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(192, 5))


def residuals() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, 7, 2, 3), nn.MaxPool2d(3, 2, 1), Residual(), nn.AdaptiveAvgPool2d(1))


MODELS = {"pools": pools, "residuals": residuals, "padded": Padded}


def middles(model: nn.Module, name: str, image: Tensor) -> dict[int, tuple[float, float]]:
    """{n: the middle of the pixels that its output depends on}, of neurons (n, n) that see no border,
    by gradients."""
    outputs: list[Tensor] = []
    handle = dict(model.named_modules())[name].register_forward_hook(lambda *args: outputs.append(args[2]))
    x = image.clone().requires_grad_()
    model(x)
    handle.remove()
    seen = {}
    for n in range(min(outputs[0].shape[2:])):
        (gradient,) = torch.autograd.grad(outputs[0][0, :, n, n].sum(), x, retain_graph=True)
        rows, columns = (gradient.abs().sum(dims).flatten().nonzero()[:, 0] for dims in ((0, 1, 3), (0, 1, 2)))
        ends = (rows.min(), columns.min(), image.shape[2] - 1 - rows.max(), image.shape[3] - 1 - columns.max())
        if min(map(int, ends)) > 0:
            seen[n] = (float(rows.min() + rows.max()) / 2, float(columns.min() + columns.max()) / 2)
    return seen


@pytest.mark.parametrize("name", MODELS)
def test_grids_are_what_gradients_see(name: str) -> None:
    """With positive weights every pixel of the receptive field has a gradient (maxima replaced by means)."""
    model = MODELS[name]().double()
    for parameter in model.parameters():
        parameter.data.abs_().add_(0.1)
    image = torch.rand(1, 3, 64, 64, dtype=torch.float64)
    model = nn.Sequential(*list(model)[:-2]) if name == "pools" else model  # type: ignore[call-overload]
    standing = grids(model, layers_called(model, image)[0], image)
    assert len(standing) == {"pools": 9, "residuals": 5, "padded": 2}[name]
    for layer, module in model.named_modules():
        if isinstance(module, nn.MaxPool2d):
            setattr(model, layer, nn.AvgPool2d(module.kernel_size, module.stride, module.padding))
    for layer, grid in standing.items():
        seen = middles(model, layer, image)
        assert seen, layer
        for n, middle in seen.items():
            assert middle == (grid.offset[0] + grid.step[0] * n, grid.offset[1] + grid.step[1] * n), layer


def test_what_stands_on_no_grid_is_left_out() -> None:
    image = torch.rand(1, 3, 32, 32)
    up = nn.Sequential(nn.Conv2d(3, 4, 3, 2), nn.Upsample(scale_factor=2), nn.Conv2d(4, 4, 3))
    assert list(grids(up, ["0", "1", "2"], image)) == ["0"]
    turned = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(3600, 4))
    assert list(grids(turned, ["0", "1", "2"], image)) == ["0"]


@pytest.mark.parametrize("deformation", [Diffeomorphisms(1.0), Motion("translation", 0.7), Motion("rotation", 4)])
def test_D_is_that_of_the_sensitivities(deformation: Diffeomorphisms | Motion) -> None:
    model, images = pools().eval(), torch.randn(6, 3, 64, 64)
    split = measure_split(model[:-2], images, deformation, batch=4)  # type: ignore[index]
    measured = measure_sensitivities(model[:-2], images, {"D": deformation}, batch=3)  # type: ignore[index]
    d = dict(zip(measured.layers, measured.values["D"], strict=True))
    np.testing.assert_allclose(split.parts.D, [d[name] for name in split.parts.layer], rtol=1e-6)
    np.testing.assert_array_less(np.abs(np.sqrt(split.parts.D) - np.sqrt(split.parts.lost)), np.sqrt(split.parts.moved))
    assert "Lagrange" in split.interpolation
    assert np.all(split.interpolation_error < 0.02)


def test_displacement_field_is_that_of_the_fields() -> None:
    """Away from the border, where the image shows its nearest pixel."""
    tau, seeds = Diffeomorphisms(1.0), [3, 5]
    field = displacement_field(tau, (2, 3, 24, 20), seeds)
    drawn = tau.fields(2, (24, 20), [torch.Generator().manual_seed(seed) for seed in seeds])
    np.testing.assert_allclose(field[:, :, 4:-4, 4:-4], drawn[:, :, 4:-4, 4:-4], atol=1e-12)


def smooth(at: Sequence[Tensor]) -> Tensor:
    return torch.cos(0.21 * at[0] + 0.4) + torch.sin(0.17 * at[1] - 0.13 * at[0])


def test_transport_brings_a_rotation_to_a_coarse_grid() -> None:
    """f(n) = g(offset + step·n) of a smooth g: transported it is g at the displaced places; with a wrong offset it is
    not, within ten times the error.
    """
    field = displacement_field(Motion("rotation", 3), (1, 1, 64, 64), [2])
    grid = Grid((4.0, 4.0), (1.5, 1.5))
    places = torch.meshgrid(*(1.5 + 4 * torch.arange(15, dtype=torch.float64),) * 2, indexing="ij")
    t = F.interpolate(field, scale_factor=0.25, mode="bilinear")[0, :, :15, :15]  # samples at 1.5, 5.5, …
    expected = smooth([places[0] + t[0], places[1] + t[1]])[3:-3, 3:-3]
    f = smooth(places)[None, None]
    right, wrong = (
        float((transport(f, field, each)[0, 0, 3:-3, 3:-3] - expected).square().mean())
        for each in (grid, Grid((4.0, 4.0), (9.5, 9.5)))
    )
    assert right < 1e-3 * float((f[0, 0, 3:-3, 3:-3] - expected).square().mean())
    assert wrong > 10 * right


def test_interpolation_error_is_that_of_the_method() -> None:
    """None for whole neurons, and for small displacements that of the slope (PyTorch's bicubic has 0.25)."""
    grid = Grid((1.0, 1.0), (0.0, 0.0))
    still = torch.zeros(1, 2, 24, 24, dtype=torch.float64)
    assert np.isnan(interpolation_error((24, 24), still, grid))
    assert interpolation_error((24, 24), still + 1, grid) < 1e-24
    assert all(0 < interpolation_error((24, 24), still + t, grid) < 0.01 for t in (1e-4, 0.1, 0.5))


@pytest.mark.parametrize("t", [1e-3, 0.3, -1.2])
def test_transport_is_exact_for_polynomials_of_degree_five(t: float) -> None:
    grid, field = Grid((2.0, 4.0), (0.5, 1.5)), torch.full((1, 2, 64, 64), t, dtype=torch.float64)
    field[:, 1] *= 2
    y, x = torch.meshgrid(torch.arange(24.0, dtype=torch.float64) / 24, torch.arange(16.0, dtype=torch.float64) / 16,
                          indexing="ij")  # fmt: skip

    def polynomial(y: Tensor, x: Tensor) -> Tensor:
        return y**5 * (x - 0.3) ** 5 + 2 * x**3 * y

    moved = transport(polynomial(y, x)[None, None], field, grid)[0, 0]
    expected = polynomial(y + t / 2 / 24, x + 2 * t / 4 / 16)
    np.testing.assert_allclose(moved[3:-3, 3:-3], expected[3:-3, 3:-3], atol=1e-12)


def test_smooth_images_move_and_strides_lose() -> None:
    """At stride 1 with filters that see little, a smooth image only moves; boxes of 3 with stride 2 lose what they
    move by, and binomial filters less.
    """
    places = torch.meshgrid(*(torch.arange(64.0),) * 2, indexing="ij")
    images = torch.stack([smooth([2 * places[0] + 30 * n, 2 * places[1] + 11 * n]) for n in range(8)])[:, None]
    dense = nn.Conv2d(1, 2, 3, padding=1, padding_mode="replicate")
    split = measure_split(nn.Sequential(dense), images, Motion("translation", 1.0))
    assert split.parts.lost[0] < 0.05 * split.parts.moved[0]

    def stack(weights: Tensor) -> nn.Module:
        layers = [nn.Conv2d(1, 1, len(weights), 2, 1, bias=False) for _ in range(3)]
        for layer in layers:
            layer.weight.data[:] = torch.outer(weights, weights) / weights.sum() ** 2
        return nn.Sequential(*layers)

    noise = torch.rand(64, 1, 64, 64, generator=torch.Generator().manual_seed(0))
    box, binomial = (
        measure_split(stack(torch.tensor(weights)), noise, Motion("translation", 1.0)).parts
        for weights in ([1.0, 1.0, 1.0], [1.0, 2.0, 1.0])
    )
    assert box.lost[-1] > 2 * box.moved[-1]
    assert box.lost[-1] > 2 * binomial.lost[-1]


def test_nothing_to_split_is_refused() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 3))
    with pytest.raises(ValueError, match="no layer stands on a grid"):
        measure_split(model, torch.rand(4, 1, 8, 8), Diffeomorphisms(0.5))
    with pytest.raises(ValueError, match="no displacement field"):
        measure_split(nn.Conv1d(1, 1, 3), torch.rand(4, 1, 8), Diffeomorphisms(0.5))
    with pytest.raises(ValueError, match="there is no layer conv7"):
        measure_split(nn.Conv2d(1, 1, 3), torch.rand(4, 1, 8, 8), Diffeomorphisms(0.5), ["conv7"])
    with pytest.raises(ValueError, match="1 image has nothing"):
        measure_split(nn.Conv2d(1, 1, 3), torch.rand(1, 1, 8, 8), Diffeomorphisms(0.5))
