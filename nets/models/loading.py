"""A model by its name: one of torchvision's, or what a function of the user's returns."""

import importlib
import sys
from pathlib import Path

import torch
from torch import nn


def load_model(name: str, pretrained: bool = False, checkpoint: Path | None = None) -> nn.Module:
    """`module:function` calls the function of the module, which is looked for in the current folder too; any other name
    is a model of torchvision (extra "images"), with its published weights if `pretrained`. `checkpoint` is a state
    dictionary, as `torch.save(model.state_dict(), …)` writes it; loading it executes no code.

    Raises ValueError, one sentence, for what is not there or does not fit.
    """
    if ":" in name:
        if pretrained:
            raise ValueError(f"only torchvision has published weights, not {name}: load them inside the function")
        model = _call(name)
    else:
        model = _torchvision(name, pretrained)
    if checkpoint is not None:
        _fill(model, name, checkpoint)
    return model


def _fill(model: nn.Module, name: str, checkpoint: Path) -> None:
    try:
        tensors = torch.load(checkpoint, map_location="cpu", weights_only=True)
    except OSError as error:
        raise ValueError(f"the checkpoint {checkpoint} cannot be read ({error.strerror}): name another") from None
    except Exception:  # a damaged file makes the unpickler raise anything
        raise ValueError(
            f"the checkpoint {checkpoint} holds more than tensors, or is damaged: save model.state_dict() alone"
        ) from None
    try:
        model.load_state_dict(tensors)
    except Exception as error:
        raise ValueError(
            f"the checkpoint {checkpoint} does not fit {name} ({_first_line(error)}): name another"
        ) from None


def _call(name: str) -> nn.Module:
    module, _, function = name.partition(":")
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        model = getattr(importlib.import_module(module), function)()
    except Exception as error:  # the user's code may raise anything
        raise ValueError(f"{name} gives no model ({type(error).__name__}: {_first_line(error)}): mend it") from None
    if not isinstance(model, nn.Module):
        raise ValueError(f"{name} gives a {type(model).__name__}: return a torch.nn.Module")
    return model


def _torchvision(name: str, pretrained: bool) -> nn.Module:
    try:
        from torchvision import models
    except Exception as error:  # beside a build of torch that is not its own it fails in several ways
        raise ValueError(
            f"the model {name} is torchvision's, which cannot be imported ({_first_line(error)}): install the extra "
            "'images', or name your own as module:function"
        ) from None
    try:
        model: nn.Module = models.get_model(name, weights="DEFAULT" if pretrained else None)
        return model
    except ValueError as error:
        raise ValueError(f"torchvision has no model {name} ({_first_line(error)}): see its list of models") from None
    except OSError as error:
        raise ValueError(
            f"the published weights of {name} cannot be had ({_first_line(error)}): go without --pretrained"
        ) from None


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
