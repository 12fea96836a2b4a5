"""On which pixels of the image the neurons of a layer stand: step and offset of every output, along both axes."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from nets.models.activations import numbers
from nets.models.evaluation import as_read_by, evaluation_mode, inner_model, run
from nets.models.following import marked_image, recording
from nets.models.geometry import window_of
from nets.models.marked import Marked
from nets.models.operation import place_step
from nets.models.recorder import Call, Recorder


@dataclass(frozen=True)
class Grid:
    """Neuron n stands at the pixel offset + step·n of the image, (down, right): the middle of what it reads, paddings
    included.
    """

    step: tuple[float, float]
    offset: tuple[float, float]


@dataclass(frozen=True)
class _Window:
    """One convolution or pooling on the way, and by how many pixels, it included, the middles of all windows so far lie
    beyond the marks, which are rounded down to whole pixels of each layer below.
    """

    size: tuple[int, ...]
    stride: tuple[int, ...]
    beyond: tuple[float, float]


@torch.no_grad()
def grids(model: nn.Module, names: Sequence[str], image: Tensor) -> dict[str, Grid]:
    """{name, or "name (2)" of a second call: grid} of the outputs of the named modules that stand on one, traced on the
    first of (n, C, H, W) images.

    Outputs without places, behind a global pooling for one, and those whose places are finer than those of a layer
    below (upsampling) or mixed by operators that are not known are left out. So is all that comes after a failure on
    traced images.
    """
    recorder, standing = Recorder(), {}
    recorder.extend = _extend
    calls: Counter[str] = Counter()
    plain = as_read_by(model, image[:1])

    def note(name: str) -> Callable[..., None]:
        def keep(module: nn.Module, inputs: object, output: object) -> None:
            calls[name] += 1
            grid = _grid(output)
            if grid is not None:
                standing[name if calls[name] == 1 else f"{name} ({calls[name]})"] = grid

        return keep

    with evaluation_mode(model):
        run(model, plain.clone())  # what the model raises by itself is said as such
        modules = dict(inner_model(model).named_modules())
        handles = [modules[name].register_forward_hook(note(name)) for name in names]
        try:
            with recording(inner_model(model), recorder, 2):
                model(marked_image(plain, recorder))
        except Exception:
            pass
        finally:
            for handle in handles:
                handle.remove()
    return standing


def _extend(call: Call) -> tuple[_Window, ...] | None:
    """The windows on the way to the call's output; None where it makes places finer, or is not of two axes."""
    path, window = call.source.path, window_of(call.operation)
    if path is None or window is None or call.operation.argument("transposed", False):
        return None
    size, stride, dilation = window
    if len(size) != 2 or call.source.dim() != 4:
        return None
    step = _steps(call.source)
    beyond = path[-1].beyond if path else (0.0, 0.0)
    halves = [(d * (s - 1)) % 2 / 2 for s, d in zip(size, dilation, strict=True)]
    down, right = (old + half * pixels for old, half, pixels in zip(beyond, halves, step, strict=True))
    return (*path, _Window(tuple(size), tuple(stride), (down, right)))


def _grid(output: object) -> Grid | None:
    marked = output if isinstance(output, Marked) else numbers(output)
    if not isinstance(marked, Marked) or marked.dim() != 4 or marked.path is None:
        return None
    step = _steps(marked)
    if min(step) == 0 or not _follows_its_axes(marked):
        return None
    beyond = marked.path[-1].beyond if marked.path else (0.0, 0.0)
    down, right = (_first_place(marked.marks[4 + axis], 2 + axis, step[axis]) + beyond[axis] for axis in (0, 1))
    return Grid(step, (down, right))


def _steps(marked: Marked) -> tuple[float, float]:
    return place_step(marked.marks[4], 2), place_step(marked.marks[5], 3)


def _follows_its_axes(marked: Marked) -> bool:
    """Whether rows change only down, columns only to the right."""
    return not place_step(marked.marks[4], 3) and not place_step(marked.marks[5], 2)


def _first_place(place: Tensor, dim: int, step: float) -> float:
    """Of the neuron 0, by the middle one: those at borders may stand on padding."""
    index = torch.arange(place.shape[dim], dtype=place.dtype).reshape([-1 if d == dim else 1 for d in range(4)])
    return float((place - 1 - step * index)[place > 0].median())
