"""D_k, G_k, R_k of Eq. 1 in every layer of any PyTorch model."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

# images to images, with the random numbers of the generator
Perturbation = Callable[[Tensor, torch.Generator], Tensor]
OUTPUT = "output"


@dataclass(frozen=True)
class Probed:
    """Sensitivities of a model: E‖f_k(p(x)) − f_k(x)‖² / E‖f_k(x₁) − f_k(x₂)‖² (Eq. 1) for each perturbation p.

    layers        (K,) names, the last is the output           values   {perturbation: (K,)}; NaN where f_k is the same
    errors        {perturbation: (K,)} standard errors over             for every image (the layers in `constant`)
                  images, of numerator and denominator together
    displacement  {perturbation: mean ‖p(x) − x‖²}
    """

    layers: tuple[str, ...]
    values: Mapping[str, np.ndarray]
    errors: Mapping[str, np.ndarray]
    displacement: Mapping[str, float]

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
def probe(
    model: nn.Module,
    images: Tensor,
    perturbations: Mapping[str, Perturbation],
    layers: Sequence[str] | None = None,
    batch: int = 64,
    device: str = "cpu",
    seed: int = 0,
) -> Probed:
    """Measure the model, in evaluation mode, on (n, C, …) images and one perturbed copy of each for each perturbation.

    `layers`: names of modules, default all without submodules, in the order of their first call; the output comes last.
    A module that is called several times is measured at its last call. Sums are in float64; each batch costs a forward
    pass for itself and one for each perturbation, and what was recorded is dropped before the next.

    Raises ValueError, one sentence, for images or layers that do not fit, activations that are not finite, and a
    perturbation that changes the shape.
    """
    _check(images, perturbations)
    names = _names(model, layers)
    generator = torch.Generator().manual_seed(seed)
    sums: dict[str, _Sums] = {}
    moved = dict.fromkeys(perturbations, 0.0)
    with _listening(model.to(device), names, layers or ()) as listen:
        for start in range(0, len(images), batch):
            part = images[start : start + batch]
            clean = listen(part.to(device))
            for name, f in clean.items():
                sums.setdefault(name, _Sums(f)).add(f)
            for p, perturbation in perturbations.items():
                changed = perturbation(part, generator)
                if changed.shape != part.shape:
                    raise ValueError(
                        f"the perturbation {p} makes {tuple(changed.shape)} of {tuple(part.shape)}: return images of "
                        "the same shape"
                    )
                moved[p] += float((changed - part).double().square().sum())
                perturbed = listen(changed.to(device))
                for name, f in clean.items():
                    sums[name].move(p, f, perturbed[name])
    ratios = {p: [one.ratio(p) for one in sums.values()] for p in perturbations}
    return Probed(
        layers=tuple(sums),
        values={p: np.array([value for value, _ in found]) for p, found in ratios.items()},
        errors={p: np.array([error for _, error in found]) for p, found in ratios.items()},
        displacement={p: total / len(images) for p, total in moved.items()},
    )


class _Sums:
    """What Eq. 1 needs of one layer: sums over images, of differences from the first batch's mean to lose no digits."""

    def __init__(self, first: Tensor) -> None:
        self.origin = first.flatten(1).mean(0)
        self.total = torch.zeros_like(self.origin, dtype=torch.float64)
        self.squares: list[Tensor] = []
        self.moved: dict[str, list[Tensor]] = {}

    def add(self, f: Tensor) -> None:
        apart = f.flatten(1) - self.origin
        self.total += apart.sum(0, dtype=torch.float64)
        self.squares.append(_squared(apart))

    def move(self, name: str, f: Tensor, perturbed: Tensor) -> None:
        self.moved.setdefault(name, []).append(_squared(perturbed - f))

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


def _squared(apart: Tensor) -> Tensor:
    """(B,) squared norms, summed in float64; overwrites its argument."""
    return apart.flatten(1).square_().sum(1, dtype=torch.float64).cpu()


@contextmanager
def _listening(
    model: nn.Module, names: Sequence[str], asked: Sequence[str]
) -> Iterator[Callable[[Tensor], dict[str, Tensor]]]:
    """Yield a function from images to the activations of the modules, all that are `asked` for, and the output."""
    heard: dict[str, Tensor] = {}

    def hear(name: str) -> Callable[..., None]:
        def hook(module: nn.Module, inputs: object, answer: object) -> None:
            if isinstance(answer, Tensor):
                heard[name] = answer.clone()  # a nonlinearity behind it may work in place

        return hook

    modules = dict(model.named_modules())
    hooks = [modules[name].register_forward_hook(hear(name)) for name in names]
    modes = {module: module.training for module in model.modules()}
    model.eval()

    def listen(images: Tensor) -> dict[str, Tensor]:
        heard.clear()
        try:
            output = model(images)
        except Exception as error:  # the user's code may raise anything
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            shape = " × ".join(map(str, images.shape[1:]))
            raise ValueError(f"the model takes no image of {shape} ({reason}): give images of its shape") from None
        if not isinstance(output, Tensor):
            raise ValueError(f"the model answers a {type(output).__name__}: wrap it so that it returns one tensor")
        missing = [name for name in asked if name not in heard]
        if missing:
            raise ValueError(f"the layer {missing[0]} answers no tensor when the model runs: name another")
        found = {**heard, OUTPUT: output}
        for name, f in found.items():
            if not f.isfinite().all():
                raise ValueError(
                    f"the layer {name} answers numbers that are not finite: look at its weights and images"
                )
        return found

    try:
        yield listen
    finally:
        for hook in hooks:
            hook.remove()
        for module, training in modes.items():
            module.training = training


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
