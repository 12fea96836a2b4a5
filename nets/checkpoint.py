"""Checkpoints of both kinds of networks: a training's state in one file, bound to its settings.

The file is recognised when damaged or edited, and loads no code. What a state consists of says the module of the state:
`nets.simple.state`, `nets.deep.state`.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

import torch
from torch import Tensor

FORMAT = 1
Settings = Mapping[str, Mapping[str, Any]]


def settings_of(**parts: Any) -> Settings:
    """What a checkpoint is bound to, dataclasses by name (task, architecture, training), as JSON has them."""
    settings: Settings = json.loads(json.dumps({name: asdict(part) for name, part in parts.items()}))
    return settings


def write(path: Path, settings: Settings, record: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> None:
    """Write all of it into `path`, which the caller puts in place once it is whole. Raises OSError where there is no
    room.
    """
    content: dict[str, Any] = {"format": FORMAT, "settings": json.dumps(settings), "record": json.dumps(record)}
    content |= {name: tensor.detach().cpu() for name, tensor in tensors.items()}
    content["digest"] = _digest(content)
    torch.save(content, path)


def read(path: Path, settings: Settings) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """(record, tensors), written under the same settings.

    Raises ValueError, one sentence, for a file that is missing, damaged, edited, foreign, or of other settings.
    """
    try:
        with open(path, "rb") as file:
            content = _load(file)
    except OSError as error:
        raise ValueError(f"the checkpoint {path} cannot be read ({error.strerror}): start without --resume") from None
    if content is None:
        raise ValueError(f"the file {path} is no checkpoint, or is damaged: start without --resume")
    if content["format"] != FORMAT:
        raise ValueError(f"the checkpoint {path} is of format {content['format']}, not {FORMAT}: start anew")
    if content.pop("digest", None) != _digest(content):
        raise ValueError(f"the checkpoint {path} was changed after it was written: start without --resume")
    if difference := _difference(json.loads(content["settings"]), settings):
        raise ValueError(f"the checkpoint {path} is of other settings ({difference}): use the same, or start anew")
    return json.loads(content["record"]), {name: value for name, value in content.items() if isinstance(value, Tensor)}


def with_prefix(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors whose names begin with `prefix`, by the rest of their names."""
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _difference(saved: Settings, settings: Settings) -> str:
    return "; ".join(
        f"{part} {name} {saved.get(part, {}).get(name)}, not {settings[part].get(name)}"
        for part in settings
        for name in sorted({*saved.get(part, {}), *settings[part]})
        if saved.get(part, {}).get(name) != settings[part].get(name)
    )


def _load(file: BinaryIO) -> dict[str, Any] | None:
    """What the file holds; None where that is no checkpoint."""
    try:
        content = torch.load(file, map_location="cpu", weights_only=True)
    except Exception:  # a damaged or foreign file may raise anything
        return None
    return content if isinstance(content, dict) and "format" in content else None


def _digest(content: Mapping[str, Any]) -> str:
    """SHA-256 over everything."""
    digest = hashlib.sha256()
    for name in sorted(content):
        value = content[name]
        digest.update(name.encode())
        digest.update(value.numpy().tobytes() if isinstance(value, Tensor) else str(value).encode())
    return digest.hexdigest()
