"""Channels connected anew at random, with every filter left as it is (Section 2)."""

import copy

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

CONVOLUTIONS = (torch.conv1d, torch.conv2d, torch.conv3d)


def shuffle_channels(model: nn.Module, image: Tensor, seed: int) -> nn.Module:
    """A copy of the model in which each convolution's filters act on randomly permuted input channels.

    One permutation a layer, the same for all its output channels; in a grouped convolution one inside each group. Those
    that read the image itself (`image`: (B, C, …), any values) are left alone, so colours keep their meaning. A
    residual network is shuffled like any other: each convolution sees its own permutation of what its block gets.

    Raises ValueError, one sentence, for a convolution that sees one channel at a time, depthwise or behind a single
    channel, with nothing to permute, and for a model without a convolution behind the first.
    """
    shuffled = copy.deepcopy(model)
    names = {id(module.weight): name for name, module in shuffled.named_modules() if _is_convolution(module)}
    behind = [weight for weight in _behind_the_first(shuffled, image) if id(weight) in names]
    if not behind:
        raise ValueError(
            f"{type(model).__name__} has no convolution behind the first: there are no channels to connect anew"
        )
    generator = torch.Generator().manual_seed(seed)
    for weight in behind:
        if weight.shape[1] == 1:
            raise ValueError(
                f"the convolution {names[id(weight)]} sees one channel at a time, so its channels cannot be connected "
                "anew: leave depthwise and very narrow models out"
            )
        order = torch.randperm(weight.shape[1], generator=generator).to(weight.device)
        with torch.no_grad():
            weight.copy_(weight[:, order].clone())
    return shuffled


def _is_convolution(module: nn.Module) -> bool:
    return isinstance(module, nn.Conv1d | nn.Conv2d | nn.Conv3d)


@torch.no_grad()
def _behind_the_first(model: nn.Module, image: Tensor) -> list[Tensor]:
    """Weights of the convolutions whose input went through another one, each once, in the order of the calls."""
    training = model.training
    model.eval()
    with _Reached(image) as reached:
        model(image)
    model.train(training)
    return list({id(weight): weight for weight in reached.weights}.values())


class _Reached(TorchFunctionMode):
    """Follows the image through everything but convolutions: what they then read is the image still."""

    def __init__(self, image: Tensor) -> None:
        super().__init__()
        self.still = {id(image)}
        self.kept = [image]  # an id is a tensor's only as long as the tensor lives
        self.weights: list[Tensor] = []

    def __torch_function__(self, function, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        kwargs = kwargs or {}
        found = function(*args, **kwargs)
        if function in CONVOLUTIONS:
            source, weight = (args[n] if len(args) > n else kwargs[name] for n, name in enumerate(("input", "weight")))
            if id(source) not in self.still:
                self.weights.append(weight)
        elif isinstance(found, Tensor) and any(isinstance(x, Tensor) and id(x) in self.still for x in args):
            self.still.add(id(found))
            self.kept.append(found)
        return found
