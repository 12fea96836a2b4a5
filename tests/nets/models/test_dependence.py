"""What the trace says that an element depends on is what gradients with positive weights reach, over all paths."""

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F

from nets.models.following import marked_image, recording
from nets.models.marked import Marked
from nets.models.recorder import Recorder
from nets.models.trace import trace_model
from tests.nets.models.small_models import Blur, Model, convolution


def positive(model: nn.Module) -> nn.Module:
    """The model in float64 with all weights positive, so that no path cancels another."""
    model = model.double().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.abs_().add_(0.1)
    return model


def reached(model: nn.Module, image: Tensor) -> list[tuple[int, int]]:
    """Largest extents (down, right) of the gradients of single outputs, over some sixty outputs of one channel."""
    image = image.clone().requires_grad_()
    output = model(image)
    largest = [0, 0]
    for number in output[0, 0].flatten()[:: max(1, output[0, 0].numel() // 60)]:
        (gradient,) = torch.autograd.grad(number, image, retain_graph=True)
        touched = gradient[0].abs().sum(0) > 0
        for axis in (0, 1):
            places = touched.any(1 - axis).nonzero()[:, 0]
            largest[axis] = max(largest[axis], int(places.max() - places.min()) + 1) if len(places) else largest[axis]
    return [tuple(largest)]  # type: ignore[list-item]


def traced(model: nn.Module, image: Tensor) -> list[tuple[int, int]]:
    """The same from the marks of the output."""
    recorder = Recorder()
    marked = marked_image(image, recorder)
    with torch.no_grad(), recording(model, recorder, 2):
        output = model(marked)
    assert isinstance(output, Marked)
    some = slice(None, None, max(1, output[0, 0].numel() // 60))
    # 0 of those that depend on nothing of the image
    extents = [(output.marks[a] + output.marks[2 + a] - image.shape[2 + a]).clamp(min=0) for a in (0, 1)]
    return [tuple(int(extent[0, 0].flatten()[some].max()) for extent in extents)]  # type: ignore[list-item]


IMAGE = torch.rand(1, 3, 25, 20, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) + 0.5

MODELS: dict[str, Callable[[], nn.Module]] = {
    "branches": lambda: Model(
        lambda m, x: m.down(torch.cat([m.a(F.pad(x, (1,) * 4)), m.wide(x)], 1)),
        wide=convolution(3, 4, 7, padding=3), down=convolution(8, 2, 2, stride=2),
    ),
    "transposed": lambda: nn.Sequential(convolution(3, 4, stride=2), nn.ConvTranspose2d(4, 4, 5, padding=2)),
    "transposed with a stride": lambda: nn.Sequential(
        convolution(3, 4, stride=2), nn.ConvTranspose2d(4, 4, 4, 2, 1, 1), convolution(4, 2)
    ),
    "transposed in groups": lambda: nn.Sequential(
        convolution(3, 4), nn.ConvTranspose2d(4, 6, 3, 3, groups=2, dilation=2)
    ),
    "adaptive": lambda: nn.Sequential(convolution(3, 4, stride=2), nn.AdaptiveAvgPool2d(8), convolution(4, 2)),
    "adaptive maximum": lambda: nn.Sequential(nn.AdaptiveMaxPool2d((7, 9)), convolution(3, 2)),
    "average with a rest": lambda: nn.Sequential(nn.AvgPool2d(3, 2, 1, ceil_mode=True), convolution(3, 2)),
    "bilinear": lambda: Model(
        lambda m, x: m.b(F.interpolate(m.a(x), scale_factor=1.7, mode="bilinear")), b=convolution(4, 2)
    ),
    "nearest": lambda: Model(lambda m, x: m.b(F.interpolate(m.a(x), size=(11, 31))), b=convolution(4, 2)),
    "unfolded": lambda: Model(lambda m, x: m.l(F.unfold(x, 3).mT).mT.unflatten(2, (23, 18)), l=nn.Linear(27, 4)),
    "slices by two": lambda: Model(
        lambda m, x: m.b(torch.cat([x[..., i:24:2, j::2] for i in (0, 1) for j in (0, 1)], 1)), b=convolution(12, 3)
    ),
    "pixel unshuffle and back": lambda: Model(
        lambda m, x: F.pixel_shuffle(m.b(F.pixel_unshuffle(x[..., :24, :], 2)), 2), b=convolution(12, 12)
    ),
    "rolled": lambda: Model(lambda m, x: m.a(x.roll((3, -2), (2, 3)))),
    "circular": lambda: nn.Sequential(convolution(3, 4, padding=1, padding_mode="circular"), convolution(4, 2)),
    "reflected, blurred": lambda: nn.Sequential(convolution(3, 4), Blur(4)),
    "written into a buffer": lambda: Model(_into_buffer),
    "squeeze and excite": lambda: Model(lambda m, x: m.a(x) * m.a(x).mean((2, 3), keepdim=True)),
    "normalised over channels": lambda: Model(
        lambda m, x: m.n(m.a(x).movedim(1, -1)).movedim(-1, 1), n=nn.LayerNorm(4)
    ),
    "rows, another rank": lambda: Model(
        lambda m, x: m.row(x.permute(0, 2, 1, 3).flatten(0, 1)).unflatten(0, (1, 25)).transpose(1, 2),
        row=nn.Conv1d(3, 4, 5, 2)
    ),
    "three axes": lambda: Model(lambda m, x: m.solid(x[:, None])[:, :, 0], solid=nn.Conv3d(1, 4, (3, 3, 5), (1, 2, 1))),
    "in place": lambda: Model(lambda m, x: m.b(m.a(x).mul_(2).transpose_(2, 3)).transpose(2, 3), b=convolution(4, 2)),
}  # fmt: skip


def _into_buffer(m: Model, x: Tensor) -> Tensor:
    buffer = x.new_zeros(1, 8, 25, 20)
    buffer[:, :4, 1:-1, 1:-1] = m.a(x)
    buffer[:, 4:7, 2:] += x[:, :, :-2]
    return F.max_pool2d(buffer.sum(1, keepdim=True), 3, 2)


@pytest.mark.parametrize("name", MODELS)
def test_extents_are_those_of_gradients(name: str) -> None:
    model = positive(MODELS[name]())
    if "maximum" in name or name == "written into a buffer":
        expected = reached(_averaging(model), IMAGE)
    else:
        expected = reached(model, IMAGE)
    assert traced(model, IMAGE) == expected


def _averaging(model: nn.Module) -> nn.Module:
    """A maximum passes gradients to one pixel only: what it reads is what its mean does."""

    def forward(x: Tensor) -> Tensor:
        maximum, adaptive = F.max_pool2d, F.adaptive_max_pool2d
        F.max_pool2d, F.adaptive_max_pool2d = F.avg_pool2d, lambda y, size, _: F.adaptive_avg_pool2d(y, size)  # type: ignore[assignment]
        try:
            output: Tensor = model(x)
            return output
        finally:
            F.max_pool2d, F.adaptive_max_pool2d = maximum, adaptive

    return Model(lambda m, x: forward(x))


@st.composite
def random_models(draw: st.DrawFn) -> nn.Module:
    """Chains with branches, strides, dilations, groups, transposed convolutions, poolings, resizes, in place or not."""
    modules: list[nn.Module] = [nn.Conv2d(3, 4, draw(st.sampled_from([1, 3])), padding=draw(st.integers(0, 2)))]
    for _ in range(draw(st.integers(1, 4))):
        size, stride, dilation = draw(st.integers(1, 4)), draw(st.integers(1, 2)), draw(st.integers(1, 2))
        padding, groups = draw(st.integers(0, 2)), draw(st.sampled_from([1, 2, 4]))
        conv = nn.Conv2d(4, 4, size, stride, padding + 1, dilation, groups)
        modules.append(
            draw(st.sampled_from([
                conv, nn.ConvTranspose2d(4, 4, size, stride, 0, 0, groups, True, dilation), nn.AvgPool2d(2, stride, 1),
                nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d(size + 3), nn.Upsample(scale_factor=1.5, mode="bilinear"),
                Model(lambda m, x: x + m.b(x), b=nn.Conv2d(4, 4, 2 * (size // 2) + 1, padding=size // 2 * dilation,
                                                           dilation=dilation)),
                Model(lambda m, x: torch.cat([x[:, 2:], m.b(x)[:, :2]], 1), b=nn.Conv2d(4, 4, 3, padding=1)),
            ]))
        )  # fmt: skip
    return nn.Sequential(*modules)


@given(model=random_models())
@settings(max_examples=25, deadline=None)
def test_extents_of_random_models_are_those_of_gradients(model: nn.Module) -> None:
    model, image = positive(model), IMAGE[:, :, :14, :11]
    try:
        expected = reached(model, image)
    except RuntimeError:  # the image is too small for a window
        return
    assert traced(model, image) == expected


def test_squeezed_paths_and_lost_ones() -> None:
    model = MODELS["slices by two"]()
    steps = [(layer.name, layer.size, layer.stride) for layer in trace_model(model, IMAGE.float()).layers]
    assert steps == [("slices", (2, 2), (2, 2)), ("b", (3, 3), (1, 1))]
    lost = trace_model(MODELS["unfolded"](), IMAGE.float())
    assert (lost.layers, lost.lost) == ([], ["l"])
    rows = trace_model(MODELS["rows, another rank"](), IMAGE.float())
    assert [(layer.size, layer.stride) for layer in rows.layers] == [((1, 5), (1, 2))]


def test_what_is_made_of_nothing_of_the_image_depends_on_nothing() -> None:
    model = Model(lambda m, x: m.b(torch.cat([x, torch.ones_like(x[:, :1])], 1)), b=convolution(4, 4))
    (call,) = trace_model(model, IMAGE.float()).convolutions
    assert not call.learned.any()


def test_filters_of_a_buffer_are_fixed_and_derived_ones_are_not() -> None:
    model = nn.Sequential(convolution(3, 4), Blur(4), nn.utils.parametrizations.weight_norm(convolution(4, 2)))
    assert [layer.fixed for layer in trace_model(model, IMAGE.float()).layers] == [False, True, False]
