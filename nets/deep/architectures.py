"""The architectures of Figs. 1, 3, 4 and 8 for images of 16 pixels a side and more, made for 28 to 32; no ImageNet."""

import functools
import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

FULLY_CONNECTED = {"fc2": 2, "fc4": 4, "fc6": 6}
VGG = {"vgg11": ("A", False), "vgg11bn": ("A", True), "vgg13bn": ("B", True), "vgg16bn": ("D", True)}
VGG["vgg19bn"] = ("E", True)
RESNETS = {"resnet18": [2, 2, 2, 2], "resnet34": [3, 4, 6, 3], "resnet50": [3, 4, 6, 3]}
NAMES = (*FULLY_CONNECTED, "lenet", "alexnet", *VGG, *RESNETS, "efficientnetb0")
# networks that are another one until they are trained: batch norm does nothing in evaluation mode then, but for its ε
UNTRAINED = {"vgg11bn": "vgg11"}
# LeNet's two filters of 5 pixels and its poolings leave one pixel of 16
SMALLEST = 16
# torchvision's residual blocks, by name, since torchvision may not be there
BLOCKS = ("BasicBlock", "Bottleneck", "MBConv")


def build(
    name: str, channels: int = 1, size: int = 28, classes: int = 1, width: float = 1.0, seed: int = 0
) -> nn.Module:
    """The network `name` for images (B, channels, size, size); its output is (B, classes).

    width   multiplies the channels of every layer (those of EfficientNet are multiples of 8, as torchvision makes them)
    seed    fixes the initialisation; the global random state is left alone

    Rectifiers never write in place: a hook's record of a pre-activation stays what it was.
    Raises ValueError, one sentence, for what does not exist or needs torchvision where that is missing.
    """
    if name not in NAMES:
        raise ValueError(f"the architecture {name!r} is unknown: use one of {', '.join(NAMES)}")
    if channels < 1 or classes < 1:
        raise ValueError(f"a network of {channels} channels and {classes} outputs cannot be: use 1 or more of both")
    if size < SMALLEST:
        raise ValueError(f"images of {size} pixels a side are too small for these networks: use {SMALLEST} or more")
    if not 0 < width < math.inf:
        raise ValueError(f"the width factor is {width:g} and must be a number above 0: use 1")
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        if name in FULLY_CONNECTED:
            model = _fully_connected(FULLY_CONNECTED[name], channels * size * size, classes, width)
        elif name == "lenet":
            model = _lenet(channels, size, classes, width)
        elif name == "alexnet":
            model = _alexnet(channels, size, classes, width)
        elif name in VGG:
            model = _vgg(*VGG[name], channels, size, classes, width)
        elif name in RESNETS:
            model = _resnet(name, channels, classes, width)
        else:
            model = _efficientnet(channels, classes, width)
    for module in model.modules():
        if isinstance(module, nn.ReLU | nn.SiLU):
            module.inplace = False
    return model


@functools.cache
def operations(name: str, shape: tuple[int, int, int], width: float) -> int:
    """Multiplications and additions of one image's way through the network; raises what `build` raises."""
    channels, size, _ = shape
    with torch.device("meta"):
        model = build(name, channels, size, width=width).eval()
        counter = FlopCounterMode(display=False)
        with counter, torch.no_grad():
            model(torch.zeros(1, *shape))
    return int(counter.get_total_flops())


def layer_names(model: nn.Module) -> list[str]:
    """The modules whose outputs are f_1, f_2, … of Figs. 3 and 9, from the image to the output, for hooks.

    They are the nonlinearities, after batch-norm where there is one, of the convolutions and hidden fully connected
    layers. A residual block is one layer, whose output is taken after the sum; nonlinearities inside are not listed.
    The output f itself is the model's.
    """
    names: list[str] = []
    blocks: list[str] = []
    for name, module in model.named_modules():
        if any(name.startswith(f"{block}.") for block in blocks):
            continue
        if type(module).__name__ in BLOCKS:
            blocks.append(name)
        elif not isinstance(module, nn.ReLU | nn.SiLU):
            continue
        names.append(name)
    return names


def _fully_connected(depth: int, pixels: int, classes: int, width: float) -> nn.Module:
    sides = [pixels, *[_scaled(64, width)] * depth]
    return nn.Sequential(nn.Flatten(), *_hidden(sides), nn.Linear(sides[-1], classes))


def _lenet(channels: int, size: int, classes: int, width: float) -> nn.Module:
    first, second = _scaled(6, width), _scaled(16, width)
    features = nn.Sequential(
        nn.Conv2d(channels, first, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(first, second, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
    )
    hidden = [_pixels(features, channels, size), _scaled(120, width), _scaled(84, width)]
    return nn.Sequential(features, nn.Flatten(), *_hidden(hidden), nn.Linear(hidden[-1], classes))


def _alexnet(channels: int, size: int, classes: int, width: float) -> nn.Module:
    """The variant for CIFAR10 of the published code: filters of 3 pixels, stride 2 in the first layer alone."""
    c1, c2, c3, c4, c5 = (_scaled(c, width) for c in (64, 192, 384, 256, 256))
    features = nn.Sequential(
        _padding(size),
        *(nn.Conv2d(channels, c1, 3, stride=2, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(c1, c2, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(c2, c3, 3, padding=1), nn.ReLU()),
        *(nn.Conv2d(c3, c4, 3, padding=1), nn.ReLU()),
        *(nn.Conv2d(c4, c5, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
    )
    pixels, hidden = _pixels(features, channels, size), _scaled(4096, width)
    first, second = _hidden([pixels, hidden]), _hidden([hidden, hidden])
    classifier = nn.Sequential(nn.Dropout(), *first, nn.Dropout(), *second, nn.Linear(hidden, classes))
    return nn.Sequential(features, nn.Flatten(), classifier)


def _vgg(config: str, batch_norm: bool, channels: int, size: int, classes: int, width: float) -> nn.Module:
    """VGG's convolutions, then one linear layer, as is usual for CIFAR10; images below 32 pixels get a border of 0."""
    vgg = _torchvision("vgg").vgg
    layers = vgg.make_layers([c if c == "M" else _scaled(c, width) for c in vgg.cfgs[config]], batch_norm)
    layers[0] = nn.Conv2d(channels, layers[0].out_channels, 3, padding=1)
    features = nn.Sequential(_padding(size), *layers)
    model = nn.Sequential(features, nn.Flatten(), nn.Linear(_pixels(features, channels, size), classes))
    # torchvision initialises in the constructor of VGG, which is not called: its rule is
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            nn.init.zeros_(cast(Tensor, module.bias))
        elif isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, 0, 0.01)
            nn.init.zeros_(module.bias)
    return model


def _resnet(name: str, channels: int, classes: int, width: float) -> nn.Module:
    """torchvision's ResNet, but a first convolution of 3 pixels with stride 1 and no max pool, as is usual for CIFAR10
    (K. Liu, pytorch-cifar).
    """
    resnet = _torchvision(name).resnet

    class Narrow(resnet.ResNet):  # type: ignore[misc, name-defined]  # a base class that is imported lazily
        def _make_layer(self, block: Any, planes: int, blocks: int, stride: int = 1, dilate: bool = False) -> nn.Module:
            if planes == 64:  # the first of four calls: all others start where the last one ended
                self.inplanes = _scaled(64, width)
            layer: nn.Module = super()._make_layer(block, _scaled(planes, width), blocks, stride, dilate)
            return layer

    block = resnet.Bottleneck if name == "resnet50" else resnet.BasicBlock
    model: nn.Module = Narrow(block, RESNETS[name])
    stem = _scaled(64, width)
    model.conv1 = nn.Conv2d(channels, stem, 3, padding=1, bias=False)
    nn.init.kaiming_normal_(model.conv1.weight, mode="fan_out", nonlinearity="relu")  # torchvision's rule
    model.bn1, model.maxpool = nn.BatchNorm2d(stem), nn.Identity()
    model.fc = nn.Linear(_scaled(512, width) * block.expansion, classes)
    return model


def _efficientnet(channels: int, classes: int, width: float) -> nn.Module:
    """torchvision's EfficientNetB0, but the first convolution has stride 1, for small images."""
    efficientnet = _torchvision("efficientnetb0").efficientnet
    # expansion, filter, stride, channels in and out, blocks: Table 1 of Tan & Le 2019
    stages = [(1, 3, 1, 32, 16, 1), (6, 3, 2, 16, 24, 2), (6, 5, 2, 24, 40, 2), (6, 3, 2, 40, 80, 3)]
    stages += [(6, 5, 1, 80, 112, 3), (6, 5, 2, 112, 192, 4), (6, 3, 1, 192, 320, 1)]
    settings = [efficientnet.MBConvConfig(*stage, width_mult=width, depth_mult=1.0) for stage in stages]
    model: nn.Module = efficientnet.EfficientNet(settings, dropout=0.2, num_classes=classes)
    stem = nn.Conv2d(channels, settings[0].input_channels, 3, padding=1, bias=False)
    nn.init.kaiming_normal_(stem.weight, mode="fan_out")  # torchvision's rule
    model.get_submodule("features.0")[0] = stem  # type: ignore[operator]
    return model


def _hidden(sides: Sequence[int]) -> list[nn.Module]:
    """Fully connected layers between these numbers of neurons, each rectified."""
    return [module for before, after in pairwise(sides) for module in (nn.Linear(before, after), nn.ReLU())]


def _padding(size: int) -> nn.Module:
    """Zeros around images below 32 pixels, as in the published code: five poolings of 28 pixels leave none."""
    short = max(32 - size, 0)
    return nn.ZeroPad2d((short // 2, short - short // 2, short // 2, short - short // 2))


def _pixels(features: nn.Module, channels: int, size: int) -> int:
    """Numbers in one image's features."""
    features.eval()
    with torch.no_grad():
        pixels = features(torch.zeros(1, channels, size, size)).numel()
    features.train()
    return int(pixels)


def _scaled(channels: int, width: float) -> int:
    return max(1, round(channels * width))


def _torchvision(name: str) -> Any:
    try:
        from torchvision import models
    except Exception as error:  # beside a build of torch that is not its own it fails in several ways
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ValueError(
            f"the architecture {name} is torchvision's, which cannot be imported ({reason}): install the extra "
            "'images', or use one of fc2, fc4, fc6, lenet, alexnet"
        ) from None
    return models
