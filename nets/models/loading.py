"""A model by its name: one of torchvision's or timm's, or what a function of the user's returns."""

import importlib
import inspect
import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn

from nets.models.checkpoint_files import fill
from nets.models.evaluation import first_line
from nets.models.packaged import PREFIX, load_packaged, packaged_preprocessing
from nets.models.photographs import Preprocessing


def load_model(name: str, pretrained: bool = False, checkpoint: Path | None = None) -> nn.Module:
    """`module:name` calls the function, or takes the model, of this name in the module, which is looked for in the
    current folder first; `packaged:NAME` is a network whose weights come inside a package (extra "pretrained"),
    `timm:NAME` a model of timm (extra "timm"), any other name one of torchvision (extra "images"), with published
    weights if `pretrained`.
    `checkpoint` holds tensors, as `torch.save(model.state_dict(), …)` or safetensors write them; loading it executes no
    code.

    Raises ValueError, one sentence, for what is not there or does not fit.
    """
    if name.startswith(PREFIX):
        model = load_packaged(name.removeprefix(PREFIX), pretrained)
    elif name.startswith("timm:"):
        model = _timm(name.removeprefix("timm:"), pretrained)
    elif ":" in name:
        if pretrained:
            raise ValueError(
                f"only torchvision, timm and packages have published weights, not {name}: load them in the function"
            )
        model = _call(name)
    else:
        model = _torchvision(name, pretrained)
    if checkpoint is not None:
        fill(model, name, checkpoint)
    return model


def _call(name: str) -> nn.Module:
    module, _, function = name.partition(":")
    try:
        with _users_modules(module):
            named = getattr(importlib.import_module(module), function)
            model = named if isinstance(named, nn.Module) else named()
    except (Exception, SystemExit) as error:  # the user's code may raise anything, and end the program
        raise ValueError(f"{name} gives no model ({type(error).__name__}: {first_line(error)}): repair it") from None
    if isinstance(model, torch.export.ExportedProgram):
        model = model.module()
    if not isinstance(model, nn.Module):
        raise ValueError(f"{name} gives a {type(model).__name__}: return a torch.nn.Module")
    return model


@contextmanager
def _users_modules(module: str) -> Iterator[None]:
    """Modules of the current folder come first, also where they are called as ours are, `validate` for one; and the
    user's module finds no arguments of this command to parse.
    """
    folder = Path.cwd()
    top = module.partition(".")[0]
    names = {path.stem if path.suffix == ".py" else path.name for path in folder.iterdir()} | {top}
    shadowed = {name for name in names & OURS if name in sys.modules and not _is_in(sys.modules[name], folder)}
    hidden = {loaded: sys.modules.pop(loaded) for loaded in [*sys.modules] if loaded.partition(".")[0] in shadowed}
    path, words = list(sys.path), sys.argv
    sys.path.insert(0, str(folder))
    sys.argv = [module]
    try:
        yield
    finally:
        sys.path[:], sys.argv = [*path, *([] if str(folder) in path or "" in path else [str(folder)])], words
        for loaded in [*sys.modules]:
            if loaded.partition(".")[0] in shadowed:  # so that ours that are imported later are not theirs
                del sys.modules[loaded]
        sys.modules.update(hidden)


OURS = {"theory", "simulate", "nets", "sweep", "validate"}


def _is_in(module: Any, folder: Path) -> bool:
    """Whether a package lies in the folder."""
    return any(Path(path).resolve().parent == folder.resolve() for path in getattr(module, "__path__", ()))


def _torchvision(name: str, pretrained: bool) -> nn.Module:
    try:
        from torchvision import models
    except Exception as error:  # beside a build of torch that is not its own it fails in several ways
        raise ValueError(
            f"the model {name} is torchvision's, which cannot be imported ({first_line(error)}): install the extra "
            "'images', or name your own as module:function"
        ) from None
    try:
        # weights of a part, a detector's backbone for one, are published weights too
        parts = {} if pretrained else {"weights_backbone": None}
        taken = inspect.signature(models.get_model_builder(name)).parameters
        model: nn.Module = models.get_model(
            name, weights="DEFAULT" if pretrained else None, **{part: w for part, w in parts.items() if part in taken}
        )
        return model
    except ValueError as error:
        raise ValueError(f"torchvision has no model {name} ({first_line(error)}): see its list of models") from None
    except OSError as error:
        raise ValueError(
            f"the published weights of {name} cannot be had ({first_line(error)}): go without --pretrained"
        ) from None


def _timm(name: str, pretrained: bool) -> nn.Module:
    try:
        import timm
    except Exception as error:
        raise ValueError(
            f"the model {name} is timm's, which cannot be imported ({first_line(error)}): install the extra 'timm'"
        ) from None
    try:
        model: nn.Module = timm.create_model(name, pretrained=pretrained)
        return model
    except Exception as error:
        raise ValueError(f"timm gives no model {name} ({first_line(error)}): see timm.list_models()") from None


def preprocessing_of(name: str, model: nn.Module) -> Preprocessing:
    """What the published weights of a torchvision, timm or packaged model were trained on; of others, ImageNet's
    usual.
    """
    if name.startswith(PREFIX):
        return packaged_preprocessing(name.removeprefix(PREFIX))
    try:
        if name.startswith("timm:"):
            from timm.data import resolve_model_data_config

            return _timm_preprocessing(resolve_model_data_config(model))
        if ":" not in name:
            from torchvision import models

            made = models.get_model_weights(name).DEFAULT.transforms()
            return Preprocessing(
                int(made.resize_size[0]), int(made.crop_size[0]), tuple(made.mean), tuple(made.std),
                made.interpolation.value, "torchvision's for the model's weights",
            )  # fmt: skip
    except (ImportError, AttributeError, KeyError, ValueError):
        pass  # detectors and the like take images of any size
    return Preprocessing()


def _timm_preprocessing(data: dict[str, Any]) -> Preprocessing:
    """As timm's own transforms for evaluation have it, for square images without borders."""
    height, width = (int(side) for side in data["input_size"][-2:])
    crop, mode = min(height, width), str(data.get("crop_mode", "center"))
    resize = max(crop, math.floor(crop / data["crop_pct"]))
    source = "timm's for the model"
    if height != width:
        source += f", but square and not {height} × {width}"
    if mode not in ("center", "squash"):
        source += f", but without its crop mode {mode}"
    return Preprocessing(
        resize, crop, tuple(data["mean"]), tuple(data["std"]), str(data["interpolation"]), source, mode == "squash"
    )
