"""Checkpoints of both kinds of networks: a training's state in one safetensors file, bound to its settings.

Tensors, and JSON in the metadata: nothing in it can be executed. The file is recognised when damaged or edited. What a
state consists of says the module of the state: `nets.simple.state`, `nets.deep.state`.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load, save
from torch import Tensor

FORMAT = "2"
Settings = Mapping[str, Mapping[str, Any]]


def settings_of(**parts: Any) -> Settings:
    """What a checkpoint is bound to, dataclasses by name (task, architecture, training), as JSON has them."""
    settings: Settings = json.loads(json.dumps({name: asdict(part) for name, part in parts.items()}))
    return settings


def write(path: Path, settings: Settings, record: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> None:
    """Write all of it into `path`, which the caller puts in place once it is whole. Raises OSError where there is no
    room.
    """
    contiguous = torch.contiguous_format
    # copies, because safetensors refuses tensors that share memory
    copies = {name: tensor.detach().cpu().clone(memory_format=contiguous) for name, tensor in tensors.items()}
    metadata = {"format": FORMAT, "settings": json.dumps(settings), "record": json.dumps(record)}
    path.write_bytes(save(copies, {**metadata, "digest": _digest(metadata, copies)}))


def read(path: Path, settings: Settings) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """(record, tensors), written under the same settings.

    Raises ValueError, one sentence, for a file that is missing, damaged, edited, foreign, or of other settings.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ValueError(f"the checkpoint {path} cannot be read ({error.strerror}): delete it to start anew") from None
    try:
        metadata, tensors = _parse(content)
        saved_format, digest = metadata["format"], metadata.pop("digest", None)
    except Exception:  # a damaged or foreign file may raise anything
        raise ValueError(f"the file {path} is no checkpoint, or is damaged: delete it to start anew") from None
    if saved_format != FORMAT:
        raise ValueError(f"the checkpoint {path} is of format {saved_format}, not {FORMAT}: delete it to start anew")
    if digest != _digest(metadata, tensors):
        raise ValueError(f"the checkpoint {path} was changed after it was written: delete it to start anew")
    if difference := _difference(json.loads(metadata["settings"]), settings):
        raise ValueError(f"the checkpoint {path} is of other settings ({difference}): use the same, or start anew")
    return json.loads(metadata["record"]), tensors


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


def _parse(content: bytes) -> tuple[dict[str, str], dict[str, Tensor]]:
    """(metadata, tensors) of a safetensors file: eight bytes for the length of its JSON header, which comes next.

    The tensors are copied into memory of PyTorch's own alignment, on which the order of sums depends.
    """
    tensors = {name: tensor.clone() for name, tensor in load(content).items()}
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    return header["__metadata__"], tensors


def _digest(metadata: Mapping[str, str], tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 over everything."""
    digest = hashlib.sha256(json.dumps(metadata, sort_keys=True).encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.numpy().tobytes())
    return digest.hexdigest()
