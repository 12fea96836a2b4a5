"""How a model of a user's is run: in evaluation mode, in its own precision, with the reason named where it fails."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy


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
    # frozen TorchScript has no mode
    modes = {module: module.training for module in model.modules() if hasattr(module, "training")}
    try:
        if hasattr(model, "training"):
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
    """The floating-point type of most of the model's parameters, or of its buffers where it has no such parameter, of
    complex ones that of their parts; types of 8 bits only store. None where it has neither.
    """
    for tensors in (model.parameters(), model.buffers()):
        numbers: Counter[torch.dtype] = Counter()
        for tensor in tensors:
            dtype = tensor.dtype.to_real() if tensor.is_complex() else tensor.dtype
            if dtype.is_floating_point and dtype.itemsize > 1:
                numbers[dtype] += 1 if is_lazy(tensor) else tensor.numel()
        if numbers:
            return numbers.most_common(1)[0][0]
    return None


def place(model: nn.Module) -> torch.device:
    """Where the model is. Raises ValueError, one sentence, for weights that hold no numbers."""
    devices = [tensor.device for tensor in (*model.parameters(), *model.buffers())]
    if any(device.type == "meta" for device in devices):
        raise ValueError(
            "the model's weights are on the device meta and hold no numbers: build it on the CPU, or use to_empty and "
            "load its weights"
        )
    return devices[0] if devices else torch.device("cpu")


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
    except (Exception, SystemExit) as error:  # the user's code may raise anything, and end the program
        shape = " × ".join(map(str, images.shape[1:]))
        kind = str(images.dtype).removeprefix("torch.")
        raise ModelFailure(
            f"the model raises {type(error).__name__} on images of {shape}, {kind} "
            f"({first_line(error)}): give images that it takes, as many at a time, or repair it"
        ) from None


def first_line(error: BaseException) -> str:
    """The first line of an exception's message, or its name."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
