"""Architectures for small images: shapes, widths, initialisation, layers."""

import math

import pytest
import torch
from torch import nn

from nets.deep.architectures import FULLY_CONNECTED, NAMES, UNTRAINED, build, layer_names, operations

OWN = (*FULLY_CONNECTED, "lenet", "alexnet")


def needs_torchvision(name: str) -> None:
    if name not in OWN:
        reason = "torchvision is missing: `make test-images` has it"
        # beside a build of torch that is not its own it fails in several ways
        pytest.importorskip("torchvision", exc_type=Exception, reason=reason)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("channels", "size", "classes"), [(1, 28, 1), (3, 32, 10)])
def test_every_architecture_takes_small_images(name: str, channels: int, size: int, classes: int) -> None:
    needs_torchvision(name)
    model = build(name, channels, size, classes, width=0.125)
    images = torch.randn(4, channels, size, size)
    assert model(images).shape == (4, classes)
    model(images).sum().backward()
    assert all(p.grad is not None and bool(p.grad.isfinite().all()) for p in model.parameters())


@pytest.mark.parametrize("name", NAMES)
def test_a_seed_fixes_the_network_and_leaves_the_global_state_alone(name: str) -> None:
    needs_torchvision(name)
    torch.manual_seed(3)
    before = torch.random.get_rng_state()
    first, same, other = (build(name, width=0.125, seed=seed).state_dict() for seed in (1, 1, 2))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert all(torch.equal(first[key], same[key]) for key in first)
    assert any(not torch.equal(first[key], other[key]) for key in first)


@pytest.mark.parametrize(
    ("name", "layers"),
    [("fc2", 2), ("fc4", 4), ("fc6", 6), ("lenet", 4), ("alexnet", 7), ("vgg11", 8), ("vgg11bn", 8), ("vgg13bn", 10),
     ("vgg16bn", 13), ("vgg19bn", 16), ("resnet18", 9), ("resnet34", 17), ("resnet50", 17), ("efficientnetb0", 18)],
)  # fmt: skip
def test_layers_are_nonlinearities_and_whole_blocks(name: str, layers: int) -> None:
    needs_torchvision(name)
    model = build(name, width=0.125)
    names = layer_names(model)
    assert len(names) == layers
    assert not any(module.inplace for module in model.modules() if isinstance(module, nn.ReLU | nn.SiLU))
    called: list[str] = []
    for name in names:
        model.get_submodule(name).register_forward_hook(lambda *_, name=name: called.append(name))
    model.eval()(torch.zeros(1, 1, 28, 28))
    assert called == names  # each once, from the image to the output


@pytest.mark.parametrize("name", NAMES)
def test_the_width_multiplies_channels(name: str) -> None:
    """Weights go with the square of the width, but for first and last layers and what is rounded."""
    needs_torchvision(name)
    full, half = (sum(p.numel() for p in build(name, width=width).parameters()) for width in (1.0, 0.5))
    assert half < full
    if name not in FULLY_CONNECTED:  # the image's 784 pixels dominate there
        assert 0.2 < half / full < 0.33


def test_parameters_are_those_of_the_published_sizes() -> None:
    """VGG11 for CIFAR10 has 9 231 114 weights and biases, ResNet18 11 173 962 (K. Liu, pytorch-cifar)."""
    needs_torchvision("vgg11")
    assert sum(p.numel() for p in build("vgg11bn", 3, 32, 10).parameters()) == 9_231_114
    assert sum(p.numel() for p in build("resnet18", 3, 32, 10).parameters()) == 11_173_962


@pytest.mark.parametrize("name", ["vgg11", "vgg19bn", "resnet18", "resnet50", "efficientnetb0"])
def test_weights_are_initialised_as_torchvision_has_them(name: str) -> None:
    """Var w = 2/(F² C_out) in each convolution, grouped or not, with biases 0; that of VGG11 is 0.059, 0.042, 0.029, ….
    The standard deviation of n normal numbers is known to 1/√(2n); five of these.
    """
    needs_torchvision(name)
    model = build(name, channels=3, size=32, classes=10)
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            weight = module.weight.detach()
            expected = math.sqrt(2 / (weight[0, 0].numel() * module.out_channels))
            assert float(weight.std()) == pytest.approx(expected, rel=5 / math.sqrt(2 * weight.numel()))
            assert module.bias is None or not module.bias.any()
    if name.startswith("vgg"):
        output = [module for module in model.modules() if isinstance(module, nn.Linear)][-1]
        assert float(output.weight.detach().std()) == pytest.approx(0.01, rel=5 / math.sqrt(2 * output.weight.numel()))


@pytest.mark.parametrize(("name", "same"), [*UNTRAINED.items()])
def test_batch_norm_does_nothing_untrained(name: str, same: str) -> None:
    """Each batch norm divides by √(1 + 10⁻⁵) and all else is homogeneous: one network, but for a factor."""
    needs_torchvision(name)
    images = torch.randn(3, 1, 28, 28)
    normed, plain = (build(each, width=0.125, classes=5, seed=2).eval()(images) for each in (name, same))
    torch.testing.assert_close(normed * (1 + 1e-5) ** (8 / 2), plain, rtol=1e-4, atol=0)


def test_operations_are_counted_without_running() -> None:
    """Two for each product: LeNet's two convolutions and three fully connected layers on 28 × 28."""
    convolutions = 24**2 * 6 * 25 + 8**2 * 16 * 6 * 25
    connected = 16 * 4 * 4 * 120 + 120 * 84 + 84
    assert operations("lenet", (1, 28, 28), 1.0) == 2 * (convolutions + connected)
    assert operations("fc2", (1, 28, 28), 0.5) == 2 * (784 * 32 + 32 * 32 + 32)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"name": "vgg12"}, "'vgg12' is unknown: use one of fc2"),
        ({"name": "fc2", "channels": 0}, "0 channels and 1 outputs"),
        ({"name": "lenet", "size": 8}, "8 pixels a side are too small"),
        ({"name": "fc2", "width": 0.0}, "width factor is 0"),
        ({"name": "fc2", "width": math.nan}, "width factor is nan"),
    ],
)
def test_what_does_not_exist_is_one_sentence(arguments: dict[str, object], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        build(**arguments)  # type: ignore[arg-type]


def test_without_torchvision_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "torchvision", None)
    with pytest.raises(
        ValueError, match=r"vgg is torchvision's, which cannot be imported .*: install the extra 'images'"
    ):
        build("vgg11")


def test_dropout_is_off_in_evaluation() -> None:
    model = build("alexnet", width=0.125).eval()
    images = torch.randn(2, 1, 28, 28)
    assert torch.equal(model(images), model(images))
    assert not torch.equal(model.train()(images), model(images))
