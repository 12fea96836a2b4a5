"""Small models of the kinds that people bring, most with a twin: the same function written plainly."""

import threading
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations, parametrize


def convolution(channels_in: int, channels_out: int, size: int = 3, seed: int = 0, **settings: object) -> nn.Conv2d:
    torch.manual_seed(seed)
    return nn.Conv2d(channels_in, channels_out, size, **settings)  # type: ignore[arg-type]


class Model(nn.Module):
    """A convolution `a`, and a forward that is given."""

    def __init__(self, forward: Callable[["Model", Tensor], object], **modules: nn.Module) -> None:
        super().__init__()
        self.a = convolution(3, 4)
        for name, module in modules.items():
            self.add_module(name, module)
        self.function = forward

    def forward(self, x: Tensor) -> object:
        return self.function(self, x)


class NoReturn(Model):
    def train(self, mode: bool = True) -> None:  # type: ignore[override]
        super().train(mode)


class TrainingLoop(Model):
    """Its train() trains, with arguments of its own."""

    def train(self, images: Tensor, epochs: int) -> None:  # type: ignore[override]
        raise AssertionError("trained")


class Standardised(nn.Conv2d):
    """Acts with weights derived from its own."""

    def forward(self, x: Tensor) -> Tensor:
        return self._conv_forward(x, self.weight - self.weight.mean((1, 2, 3), keepdim=True), self.bias)


class Argmax(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.argmax(1)


class Blur(nn.Module):
    """[1, 2, 1] ⊗ [1, 2, 1]/16 in a buffer, stride 2."""

    w: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        line = torch.tensor([1.0, 2, 1]) / 4
        self.register_buffer("w", (line[:, None] * line).expand(channels, 1, 3, 3).clone())

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), self.w, stride=2, groups=len(self.w))


def plain_a() -> nn.Module:
    return Model(lambda m, x: m.a(x))


def write_uncounted(m: Model, x: Tensor) -> Tensor:
    y: Tensor = m.a(x)
    y.data.clamp_(min=0)
    return y + 0


def write_numpy(m: Model, x: Tensor) -> Tensor:
    y: Tensor = m.a(x)
    array = y.numpy()
    np.maximum(array, 0, out=array)
    return y


def reuse_buffer(m: Model, x: Tensor) -> Tensor:
    y: Tensor = m.a(x)
    output = y.relu()
    y.zero_()
    x.zero_()
    return output


@torch.inference_mode()
def infer(m: Model, x: Tensor) -> Tensor:
    return m.a(x).relu()


def relu_a() -> nn.Module:
    return Model(lambda m, x: m.a(x).relu())


def time_first(m: Model, x: Tensor) -> Tensor:
    return m.a(x).mean(2).permute(2, 0, 1)


def time_second(m: Model, x: Tensor) -> Tensor:
    return m.a(x).mean(2).transpose(1, 2)


def windows(m: Model, x: Tensor) -> Tensor:
    """Four windows of each image, one after the other along the first axis."""
    parts = x.unfold(2, 8, 8).unfold(3, 8, 8).permute(0, 2, 3, 1, 4, 5)
    return m.a(parts.reshape(-1, 3, 8, 8))


def windows_minor(m: Model, x: Tensor) -> Tensor:
    """The first windows of all images, then the second ones."""
    parts = x.unfold(2, 8, 8).unfold(3, 8, 8).permute(2, 3, 0, 1, 4, 5)
    return m.a(parts.reshape(-1, 3, 8, 8))


def windows_apart(m: Model, x: Tensor) -> Tensor:
    return windows(m, x).unflatten(0, (len(x), 4))


def normed(parametrisation: Callable[[nn.Module], nn.Module]) -> tuple[nn.Module, nn.Module]:
    """(with parametrised weights, with the same weights as they act)."""
    models = []
    for plain in (False, True):
        model = nn.Sequential(convolution(3, 6), nn.ReLU(), convolution(6, 6, seed=1), nn.ReLU())
        torch.manual_seed(1)
        for n in (0, 2):
            parametrisation(model[n])
            model.eval()
            if plain:
                parametrize.remove_parametrizations(model[n], "weight")
        models.append(model)
    return models[0], models[1]


def normalised(m: Model, x: Tensor) -> object:
    return m.a(x.sub_(0.5).div_(0.25))


TWINS: dict[str, Callable[[], tuple[nn.Module, nn.Module]]] = {
    "writes into its images": lambda: (Model(normalised), Model(lambda m, x: m.a((x - 0.5) / 0.25))),
    "writes uncounted": lambda: (Model(write_uncounted), relu_a()),
    "writes by NumPy": lambda: (Model(write_numpy), relu_a()),
    "writes into all it has returned": lambda: (Model(reuse_buffer), relu_a()),
    "inference mode": lambda: (Model(infer), relu_a()),
    "time first": lambda: (Model(time_first), Model(time_second)),
    "windows": lambda: (Model(windows), Model(windows_apart)),
    "windows of all images in turn": lambda: (Model(windows_minor), Model(windows_apart)),
    "weight norm": lambda: normed(parametrizations.weight_norm),
    "spectral norm": lambda: normed(parametrizations.spectral_norm),
    "compiled": lambda: (torch.compile(relu_a()), relu_a()),  # type: ignore[return-value]
    "scripted": lambda: (torch.jit.script(nn.Sequential(convolution(3, 4), nn.ReLU())), relu_a()),
    "data parallel": lambda: (nn.DataParallel(relu_a()), relu_a()),
    "channels last": lambda: (relu_a().to(memory_format=torch.channels_last), relu_a()),
    "unitary transform": lambda: (Model(lambda m, x: torch.fft.fft2(x, norm="ortho")), nn.Identity()),
    "integers on the way": lambda: (Model(lambda m, x: (m.index(x), m.a(x))[1], index=Argmax()), plain_a()),
    "returns a dictionary": lambda: (Model(lambda m, x: {"logits": m.a(x), "loss": None}), plain_a()),
    "train() returns nothing": lambda: (NoReturn(lambda m, x: m.a(x)), plain_a()),
    "train() is a loop": lambda: (TrainingLoop(lambda m, x: m.a(x)), plain_a()),
    "cannot be copied": lambda: (_locked(), plain_a()),
}


def _locked() -> nn.Module:
    model = plain_a()
    model.lock = threading.Lock()  # type: ignore[assignment]
    return model
