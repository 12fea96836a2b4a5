"""The outputs of modules, each as it is returned, as tensors of numbers."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from nets.models.evaluation import inner_model, run

OUTPUT = "output"

Receive = Callable[[str, Tensor], None]
RunModel = Callable[[Tensor, Receive], None]


@contextmanager
def hooks(model: nn.Module, names: Sequence[str]) -> Iterator[RunModel]:
    """Yield a function that runs the model on images and hands on the output of each named module when it is given, the
    model's own last, as "output". The second call of a module is "name (2)".

    Of nested outputs the first tensor counts. What is handed on may be written over as soon as the receiver returns.
    """
    receive: Receive = _ignore
    calls: Counter[str] = Counter()

    def hook(name: str) -> Callable[..., None]:
        def hand_on(module: nn.Module, inputs: object, output: object) -> None:
            calls[name] += 1
            hand(name if calls[name] == 1 else f"{name} ({calls[name]})", output)

        return hand_on

    def hand(name: str, output: object) -> None:
        with torch.inference_mode(False), torch.no_grad():
            tensor = numbers(output)
            if tensor is not None:
                receive(name, tensor)

    modules = dict(inner_model(model).named_modules())
    handles = [modules[name].register_forward_hook(hook(name)) for name in names]

    def run_model(images: Tensor, receiver: Receive) -> None:
        nonlocal receive
        calls.clear()
        receive = receiver
        output = run(model, images)
        if _first_tensor(output) is None:
            raise ValueError(f"the model returns a {type(output).__name__}: wrap it so that it returns a tensor")
        hand(OUTPUT, output)

    try:
        yield run_model
    finally:
        for handle in handles:
            handle.remove()


def numbers(output: Any) -> Tensor | None:
    """The first tensor of an output, with a last axis of two for complex numbers; None where there is none.

    Quantised numbers become floating-point ones, truth values 0 and 1; tuples, lists, dictionaries
    and data classes are searched in order.
    """
    tensor = _first_tensor(output)
    if tensor is None or tensor.is_nested or tensor.device.type == "meta":
        return None
    if tensor.layout is not torch.strided:
        tensor = tensor.to_dense()
    if tensor.is_quantized:
        tensor = tensor.dequantize()
    if tensor.dtype == torch.bool:
        tensor = tensor.to(torch.uint8)
    return torch.view_as_real(tensor.resolve_conj()) if tensor.is_complex() else tensor


def _first_tensor(value: Any) -> Tensor | None:
    if isinstance(value, Tensor):
        return value
    if isinstance(value, Mapping):
        value = value.values()
    elif hasattr(value, "__dataclass_fields__"):
        value = vars(value).values()
    elif not isinstance(value, tuple | list):
        return None
    return next((tensor for tensor in map(_first_tensor, value) if tensor is not None), None)


def _ignore(name: str, tensor: Tensor) -> None:
    """Nobody has run the model yet."""
