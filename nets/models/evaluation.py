"""How a model of a user's is run: in evaluation mode, in its own precision, with the reason named where it fails."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn


class ModelFailure(ValueError):
    """The model raised an exception on images that it was given."""


class AnswerRefused(ValueError):
    """What the model returns cannot be measured, as is found out while it runs."""


@contextmanager
def evaluation_mode(model: nn.Module) -> Iterator[None]:
    """Evaluation mode, and afterwards for each module the mode that it had.

    A model whose `train` is something else, and with it `eval`, has its modules' flags set; exported models have
    neither. Compiled models run as they are written: hooks and function modes do not reach compiled code.
    """
    modes = {module: module.training for module in model.modules()}
    try:
        model.eval()
    except NotImplementedError:  # an exported model was traced in one mode
        pass
    except Exception:  # the user's train() may be anything, a loop over epochs for one
        for module in modes:
            module.training = False
    compiled = "torch._dynamo" in sys.modules  # nothing is compiled without it, and it takes seconds to import
    try:
        with torch.compiler.set_stance("force_eager") if compiled else nullcontext():
            yield
    finally:
        for module, training in modes.items():
            module.training = training


def inner_model(model: nn.Module) -> nn.Module:
    """The model whose modules have the names that the user gave: without the wrappers of `torch.compile`,
    `DataParallel` and `nets.models.shuffling`.
    """
    children = dict(model.named_children())
    wrapped = [inner for name, inner in children.items() if name in ("_orig_mod", "module", "shuffled_model")]
    return inner_model(wrapped[0]) if len(children) == 1 and wrapped else model


def precision(model: nn.Module) -> torch.dtype | None:
    """The model's floating-point type, that of its first such parameter; None where it has none."""
    return next((p.dtype for p in model.parameters() if p.is_floating_point()), None)


def place(model: nn.Module) -> torch.device:
    """Where the model is. Raises ValueError, one sentence, for weights that hold no numbers."""
    device = next((p.device for p in (*model.parameters(), *model.buffers())), torch.device("cpu"))
    if device.type == "meta":
        raise ValueError(
            "the model's weights are on the device meta and hold no numbers: build it on the CPU, or use to_empty and "
            "load its weights"
        )
    return device


def as_read_by(model: nn.Module, images: Tensor, without: torch.dtype | None = None) -> Tensor:
    """A copy of the images in the model's precision (`without` one, in that, or their own), where the model is; the
    model may write into it.
    """
    dtype = precision(model) or without or images.dtype
    return images.to(place(model), dtype, copy=True)


def run(model: nn.Module, images: Tensor) -> Any:
    """What the model returns. Raises ModelFailure, one sentence with the exception that the model raised."""
    try:
        return model(images)
    except (torch.OutOfMemoryError, MemoryError):
        raise ModelFailure(f"{len(images)} images at a time find no room in memory: use a smaller batch") from None
    except AnswerRefused:
        raise
    except Exception as error:  # the user's code may raise anything
        shape = " × ".join(map(str, images.shape[1:]))
        kind = str(images.dtype).removeprefix("torch.")
        raise ModelFailure(
            f"the model raises {type(error).__name__} on images of {shape}, {kind} "
            f"({first_line(error)}): give images that it takes, or repair it"
        ) from None


def first_line(error: BaseException) -> str:
    """The first line of an exception's message, or its name."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
