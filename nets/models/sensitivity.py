"""D_k, G_k, R_k of Eq. 1 in every layer of any PyTorch model."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from nets.models.perturbations import Perturbation, perturb

OUTPUT = "output"
# numbers that are turned to float64 at a time on a CPU: 2 MiB, so that they stay in its cache
CACHE = 1 << 18


@dataclass(frozen=True)
class ModelSensitivities:
    """Sensitivities of a model: E‖f_k(p(x)) − f_k(x)‖² / E‖f_k(x₁) − f_k(x₂)‖² (Eq. 1) for each perturbation p.

    layers        (K,) names, the last is the output           values   {perturbation: (K,)}; NaN where f_k is the same
    errors        {perturbation: (K,)} standard errors over             for every image (the layers in `constant`)
                  images, of numerator and denominator together
    norm          {perturbation: E‖p(x) − x‖²}
    """

    layers: tuple[str, ...]
    values: Mapping[str, np.ndarray]
    errors: Mapping[str, np.ndarray]
    norm: Mapping[str, float]

    @property
    def constant(self) -> tuple[str, ...]:
        """Layers that answer every image alike."""
        undefined = np.isnan(next(iter(self.values.values())))
        return tuple(name for name, missing in zip(self.layers, undefined, strict=True) if missing)

    @property
    def R(self) -> np.ndarray:
        """(K,) D/G, where perturbations "D" and "G" were asked for."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(self.values["D"] / self.values["G"])


@torch.no_grad()
def measure_sensitivities(
    model: nn.Module,
    images: Tensor,
    perturbations: Mapping[str, Perturbation],
    layers: Sequence[str] | None = None,
    batch: int = 64,
    device: str | None = None,
    seed: int = 0,
) -> ModelSensitivities:
    """Measure the model, in evaluation mode, on (n, C, …) images and one perturbed copy of each for each perturbation.

    `perturbations`: those of `nets.models.perturbations`, or functions of yours from images to images. `layers`: names of
    modules, default all without submodules, in the order of their calls; the output comes last. The second call of a
    module is a layer of its own, "relu (2)". Sums are in float64; each batch costs a forward pass for itself and one
    for each perturbation, and what was recorded is dropped before the next. `device`: where the model is moved to;
    default where it is.

    Raises ValueError, one sentence, for images or layers that do not fit, activations that are not finite, and a
    perturbation that changes the shape.
    """
    _check(images, perturbations)
    names = _names(model, layers)
    generator = torch.Generator().manual_seed(seed)
    changed = {p: perturb(perturbation, images, generator) for p, perturbation in perturbations.items()}
    for p, moved in changed.items():
        if moved.shape != images.shape:
            raise ValueError(
                f"the perturbation {p} makes {tuple(moved.shape)} of {tuple(images.shape)}: return images of the same "
                "shape"
            )
    sums: dict[str, _Sums] = {}
    overwritten: set[str] = set()
    if device is None:
        device = next((str(p.device) for p in model.parameters()), "cpu")
    with _listening(model.to(device), names) as listen:
        for start in range(0, len(images), batch):
            clean = _record(listen, images[start : start + batch].to(device), overwritten)
            _require_called(clean, layers or ())
            for name, f in clean.items():
                sums.setdefault(name, _Sums(f)).add(f)
            _require_finite(sums, None)
            for p, moved in changed.items():
                _compare(listen, moved[start : start + batch].to(device), p, clean, sums)
    ratios = {p: [one.ratio(p) for one in sums.values()] for p in perturbations}
    return ModelSensitivities(
        layers=tuple(sums),
        values={p: np.array([value for value, _ in found]) for p, found in ratios.items()},
        errors={p: np.array([error for _, error in found]) for p, found in ratios.items()},
        norm={p: float(_squared_distance(moved, images).mean()) for p, moved in changed.items()},
    )


Hear = Callable[[str, Tensor], object]
Listen = Callable[[Tensor, Hear], None]


class _Sums:
    """What Eq. 1 needs of one layer: sums over images, of differences from the first batch's mean to lose no digits."""

    def __init__(self, first: Tensor) -> None:
        self.origin = first.mean(0, keepdim=True)
        self.total = torch.zeros(self.origin.numel(), dtype=torch.float64, device=first.device)
        self.squares: list[Tensor] = []
        self.moved: dict[str, list[Tensor]] = {}

    def add(self, f: Tensor) -> None:
        squares = []
        for apart in _differences(f, self.origin):
            self.total += apart.sum(0)
            squares.append(apart.square_().sum(1))
        self.squares.append(torch.cat(squares).cpu())

    def move(self, name: str, f: Tensor, perturbed: Tensor) -> None:
        self.moved.setdefault(name, []).append(_squared_distance(perturbed, f).cpu())

    def finite(self, name: str | None) -> bool:
        """Whether the last batch was, of the images themselves or of a perturbation."""
        last = (self.squares if name is None else self.moved[name])[-1]
        return bool(last.isfinite().all())

    def ratio(self, name: str) -> tuple[float, float]:
        """(E‖f(p(x)) − f(x)‖² / E‖f(x₁) − f(x₂)‖² over pairs of distinct images, its standard error)."""
        squares, moved = torch.cat(self.squares).numpy(), torch.cat(self.moved[name]).numpy()
        n = len(squares)
        mean = float(self.total.square().sum()) / n**2
        below = 2 * (squares.mean() - mean) * n / (n - 1)
        # the square of float32 rounding, of an answer that is the same for all
        if not below > 1e-13 * max(float(squares.mean()), float(self.origin.double().square().sum())):
            return math.nan, math.nan
        value = moved.mean() / below
        # of the ratio of two means; ‖f(x) − ⟨f⟩‖², an image's part in the denominator, from the first batch's mean
        rest = moved - value * 2 * (squares - squares.mean() + below / 2)
        return float(value), float(rest.std(ddof=1) / math.sqrt(n) / below)


def _differences(f: Tensor, other: Tensor) -> Iterator[Tensor]:
    """(b, N) float64 differences of (B, …) from `other`, (B, …) or (1, …), a few images at a time."""
    rows = max(1, CACHE // max(1, f[0].numel())) if f.device.type == "cpu" else len(f)
    for start in range(0, len(f), rows):
        there = other if len(other) == 1 else other[start : start + rows]
        yield (f[start : start + rows] - there).flatten(1).double()


def _squared_distance(f: Tensor, other: Tensor) -> Tensor:
    """(B,) ‖f − other‖² in float64; a cdist by products of matrices would lose small distances."""
    return torch.cat([apart.square_().sum(1) for apart in _differences(f, other)])


@contextmanager
def _listening(model: nn.Module, names: Sequence[str]) -> Iterator[Listen]:
    """Yield a function that runs the model on images, and lets another hear each module's answer when it is given."""
    now: dict[str, Hear] = {}
    calls: Counter[str] = Counter()

    def hook(name: str) -> Callable[..., None]:
        def tell(module: nn.Module, inputs: object, answer: object) -> None:
            if isinstance(answer, Tensor):
                calls[name] += 1
                now["hear"](name if calls[name] == 1 else f"{name} ({calls[name]})", answer)

        return tell

    modules = dict(model.named_modules())
    hooks = [modules[name].register_forward_hook(hook(name)) for name in names]
    modes = {module: module.training for module in model.modules()}
    model.eval()

    def listen(images: Tensor, hear: Hear) -> None:
        calls.clear()
        now["hear"] = hear
        try:
            output = model(images)
        except torch.OutOfMemoryError:
            raise ValueError(f"{len(images)} images at a time find no room in memory: use a smaller batch") from None
        except Exception as error:  # the user's code may raise anything
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            shape = " × ".join(map(str, images.shape[1:]))
            raise ValueError(f"the model takes no image of {shape} ({reason}): give images of its shape") from None
        if not isinstance(output, Tensor):
            raise ValueError(f"the model answers a {type(output).__name__}: wrap it so that it returns one tensor")
        hear(OUTPUT, output)

    try:
        yield listen
    finally:
        for one in hooks:
            one.remove()
        for module, training in modes.items():
            module.training = training


def _record(listen: Listen, images: Tensor, overwritten: set[str]) -> dict[str, Tensor]:
    """The answers of all modules, as they were given.

    A nonlinearity that works in place writes over the answer that it gets: such answers are found by PyTorch's count of
    the writes to a tensor, and copied from then on.
    """
    heard: dict[str, tuple[Tensor, int]] = {}

    def hear(name: str, answer: Tensor) -> None:
        kept = answer.clone() if name in overwritten else answer
        heard[name] = kept, kept._version

    listen(images, hear)
    late = {name for name, (answer, version) in heard.items() if answer._version != version}
    if late:
        overwritten |= late
        return _record(listen, images, overwritten)
    return {name: answer for name, (answer, _) in heard.items()}


def _compare(
    listen: Listen, images: Tensor, perturbation: str, clean: Mapping[str, Tensor], sums: Mapping[str, _Sums]
) -> None:
    """Add up how far the answers to perturbed images are from the clean ones, each when it is given."""
    listen(images, lambda name, f: sums[name].move(perturbation, clean[name], f))
    _require_finite(sums, perturbation)


def _require_called(heard: Mapping[str, Tensor], layers: Sequence[str]) -> None:
    missing = [name for name in layers if name not in heard]
    if missing:
        raise ValueError(f"the layer {missing[0]} answers no tensor when the model runs: name another")


def _require_finite(sums: Mapping[str, _Sums], perturbation: str | None) -> None:
    for name, one in sums.items():
        if not one.finite(perturbation):
            raise ValueError(f"the layer {name} answers numbers that are not finite: look at its weights and images")


def _check(images: Tensor, perturbations: Mapping[str, Perturbation]) -> None:
    if not isinstance(images, Tensor) or images.dim() < 3 or not images.is_floating_point():
        what = f"{images.dtype}, {tuple(images.shape)}" if isinstance(images, Tensor) else type(images).__name__
        raise ValueError(f"images of {what} cannot be measured: give floating-point numbers of shape (n, C, …)")
    if len(images) < 2:
        raise ValueError(f"{len(images)} image has nothing to be compared with: give 2 or more")
    if not perturbations:
        raise ValueError("no perturbation was given: name one or more, as {'D': …, 'G': …}")


def _names(model: nn.Module, layers: Sequence[str] | None) -> list[str]:
    modules = dict(model.named_modules())
    if layers is None:
        return [name for name, module in modules.items() if name and not any(True for _ in module.children())]
    unknown = [name for name in layers if name not in modules or not name]
    if unknown:
        raise ValueError(f"there is no layer {unknown[0]}: use some of {', '.join(name for name in modules if name)}")
    return list(layers)
