"""Tensors with the settings they belong to in one file: recognised when damaged, loading no code."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import torch
from torch import Tensor

FORMAT = 1
Settings = Mapping[str, Mapping[str, Any]]


def write(path: Path, settings: Settings, record: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> None:
    """Write all of it into `path`, which the caller puts in place once it is whole. Raises OSError where there is no
    room.
    """
    content: dict[str, Any] = {"format": FORMAT, "settings": json.dumps(settings), "record": json.dumps(record)}
    content |= {name: tensor.detach().cpu() for name, tensor in tensors.items()}
    content["digest"] = _digest(content)
    torch.save(content, path)


def read(path: Path) -> tuple[dict[str, Any], dict[str, Any], dict[str, Tensor]]:
    """(settings, record, tensors); raises ValueError, one sentence, for a file that is missing, damaged or edited."""
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
    settings, record = json.loads(content.pop("settings")), json.loads(content.pop("record"))
    return settings, record, {name: value for name, value in content.items() if isinstance(value, Tensor)}


def require_same(path: Path, saved: Settings, asked: Settings) -> None:
    """Raises ValueError, one sentence, where the file is of other settings than those asked for."""
    difference = "; ".join(
        f"{part} {name} {saved.get(part, {}).get(name)}, asked {asked[part].get(name)}"
        for part in asked
        for name in sorted({*saved.get(part, {}), *asked[part]})
        if saved.get(part, {}).get(name) != asked[part].get(name)
    )
    if difference:
        raise ValueError(f"the checkpoint {path} is of other settings ({difference}): ask for the same, or start anew")


def plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings as JSON has them."""
    answer: dict[str, Any] = json.loads(json.dumps(settings))
    return answer


def _load(file: BinaryIO) -> dict[str, Any] | None:
    """What the file holds; None where that is no checkpoint."""
    try:
        content = torch.load(file, map_location="cpu", weights_only=True)
    except Exception:  # a damaged or foreign file may raise anything
        return None
    return content if isinstance(content, dict) and "format" in content else None


def _digest(content: dict[str, Any]) -> str:
    """SHA-256 over everything."""
    found = hashlib.sha256()
    for name in sorted(content):
        value = content[name]
        found.update(name.encode())
        found.update(value.numpy().tobytes() if isinstance(value, Tensor) else str(value).encode())
    return found.hexdigest()
