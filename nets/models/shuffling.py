"""Channels connected anew at random, with every filter left as it is (Section 2)."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from nets.models.evaluation import AnswerRefused, inner_model
from nets.models.operation import decomposed
from nets.models.trace import ConvolutionCall, stored_parameters, trace_model


class Shuffled(nn.Module):
    """A model that acts with permuted filters: the n-th convolution that runs reads its channels in the n-th order,
    None for the order as it is. The model itself, its weights and whatever they are derived from are shared and
    unchanged.

    weights   of each convolution, by which it is known again: (the parameter's name if it is one, shape)
    """

    def __init__(
        self, model: nn.Module, orders: Sequence[Tensor | None], weights: Sequence[tuple[str | None, tuple[int, ...]]]
    ) -> None:
        super().__init__()
        self.shuffled_model, self.orders, self.weights = model, orders, weights
        self.training = getattr(model, "training", False)  # frozen TorchScript has no mode

    def train(self, mode: bool = True) -> "Shuffled":
        """Of the model, whatever it returns."""
        self.training = mode
        self.shuffled_model.train(mode)
        return self

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the model returns. Raises AnswerRefused where it does not run the convolutions that were shuffled."""
        permute = _Permute(self.orders, self.weights, stored_parameters(inner_model(self.shuffled_model)))
        with permute:
            output = self.shuffled_model(*args, **kwargs)
        permute.require_end()
        return output


def shuffle_channels(model: nn.Module, image: Tensor, seed: int) -> Shuffled:
    """The model with each convolution's filters acting on randomly permuted input channels.

    One permutation a layer, the same for all its output channels; in a grouped convolution one inside each group. Only
    channels behind another learned layer are permuted, so colours keep their meaning wherever they arrive (`image`:
    (B, C, …), any values). A residual network is shuffled like any other: each convolution sees its own permutation of
    what its block gets. Filters are permuted where they act, so that weights may be derived from others.

    Raises ValueError, one sentence, for a convolution that sees one channel at a time, depthwise or behind a single
    channel, with nothing to permute, and for a model without a convolution behind the first.
    """
    trace = trace_model(model, image)
    if not any(_is_behind(call) for call in trace.convolutions):
        after = f", as far as it can be followed ({'; '.join(trace.lost)})" if trace.lost else ""
        raise ValueError(
            f"{type(model).__name__} has no convolution behind the first{after}: there are no channels to connect anew"
        )
    generator = torch.Generator().manual_seed(seed)
    by_name: dict[str, Tensor] = {}
    for call in trace.convolutions:
        if _is_behind(call) and call.name not in by_name:
            by_name[call.name] = _order(call, generator)
    orders = [by_name[call.name] if _is_behind(call) else None for call in trace.convolutions]
    return Shuffled(model, orders, [(call.stored, call.weight_shape) for call in trace.convolutions])


def _is_behind(call: ConvolutionCall) -> bool:
    """Whether there is something to permute; filters that are fixed treat all channels alike, or as they were meant
    to.
    """
    return bool(call.learned.any()) and not call.fixed


def _order(call: ConvolutionCall, generator: torch.Generator) -> Tensor:
    """(in of a group,) permutation of the channels that are learned in every group; the others stay."""
    width = call.filters.shape[1]
    if width == 1:
        raise ValueError(
            f"the convolution {call.name} sees one channel at a time, so its channels cannot be connected anew: leave "
            "depthwise and very narrow models out"
        )
    movable = call.learned.reshape(-1, width).all(0).nonzero()[:, 0]
    order = torch.arange(width)
    order[movable] = movable[torch.randperm(len(movable), generator=generator)]
    return order


class _Permute(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Gives each convolution that runs its filters in another order of channels; the sequence may run again and again,
    once for each image.
    """

    def __init__(
        self,
        orders: Sequence[Tensor | None],
        weights: Sequence[tuple[str | None, tuple[int, ...]]],
        parameters: Mapping[int, str],
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.orders, self.weights, self.parameters, self.calls = orders, weights, parameters, 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        kwargs = kwargs or {}
        if (parts := decomposed(self, function, args, kwargs)) is not NotImplemented:
            return parts
        if function._schema.name in {"aten::convolution", "aten::_convolution"}:
            args = (args[0], self._permuted(args[1], transposed=args[6]), *args[2:])
        return function(*args, **kwargs)

    def require_end(self) -> None:
        """Raises AnswerRefused where convolutions are missing."""
        if self.calls % len(self.orders):
            raise _other_convolutions()

    def _permuted(self, weight: Tensor, transposed: bool) -> Tensor:
        number = self.calls % len(self.orders)
        self.calls += 1
        stored = self.parameters.get(weight.untyped_storage().data_ptr())
        if self.weights[number] != (stored, tuple(weight.shape)):
            raise _other_convolutions()
        order = self.orders[number]
        if order is None:
            return weight
        order = order.to(weight.device)
        if not transposed:
            return weight.index_select(1, order)
        # the input channels of a transposed convolution come first, group after group
        groups = torch.arange(0, len(weight), len(order), device=weight.device)
        return weight.index_select(0, (groups[:, None] + order).flatten())


def _other_convolutions() -> AnswerRefused:
    return AnswerRefused(
        "the model runs other convolutions than when it was shuffled: what it calls varies with the image, so shuffle "
        "it with, and measure, images that take the same way through it"
    )
