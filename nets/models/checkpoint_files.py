"""Tensors of a user's checkpoint, found in whatever they lie in, and put into a model."""

import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from nets.models.evaluation import first_line, inner_model


def fill(model: nn.Module, name: str, path: Path) -> None:
    """Load the tensors of a file, written by torch.save or safetensors, into the model; it executes no code, and where
    anything does not fit the model stays as it was.

    State dictionaries may lie inside other dictionaries, and behind a wrapper's prefix, beside other tensors.

    Raises ValueError, one sentence, with the names that differ, or where several fit that hold other numbers.
    """
    model = inner_model(model)
    own = {key: tensor for key, tensor in model.state_dict().items() if isinstance(tensor, Tensor)}
    candidates = [state for whole in _state_dictionaries(_read(path)) for state in _without_prefixes(whole, own)]
    if not candidates:
        raise ValueError(f"the checkpoint {path} does not fit {name} (it holds no named tensors): name another")
    best = min(candidates, key=lambda state: len(_differences(own, state)))
    differences = _differences(own, best)
    if differences:
        more = f" and {len(differences) - 3} more" if len(differences) > 3 else ""
        raise ValueError(
            f"the checkpoint {path} does not fit {name} ({'; '.join(differences[:3])}{more}): name "
            "another, or rename its keys"
        )
    fitting = [state for state in candidates if not _differences(own, state)]
    if any(not torch.equal(state[key], best[key]) for state in fitting for key in own if key in state and key in best):
        raise ValueError(
            f"the checkpoint {path} holds {len(fitting)} sets of weights that fit {name} and differ, averaged ones for "
            "example: save the one that is meant alone"
        )
    try:
        model.load_state_dict({**model.state_dict(), **best})
    except Exception as error:  # the user's module may load as it likes
        raise ValueError(f"the checkpoint {path} does not fit {name} ({first_line(error)}): name another") from None


def _read(path: Path) -> Any:
    if path.suffix == ".safetensors":
        return _safetensors(path)
    try:
        _require_no_bomb(path)
        return torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise ValueError(f"the checkpoint {path} cannot be read ({error.strerror}): name another") from None
    except Exception:  # a damaged file makes the unpickler raise anything
        raise ValueError(
            f"the checkpoint {path} holds more than tensors, or is damaged: save model.state_dict() alone"
        ) from None


def _require_no_bomb(path: Path) -> None:
    """torch.save compresses nothing: an archive that holds more than its own size is none of its files."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        if size > path.stat().st_size:
            raise ValueError("compressed")


def _safetensors(path: Path) -> Any:
    try:
        return load_file(path)
    except OSError as error:
        raise ValueError(f"the checkpoint {path} cannot be read ({error.strerror or error}): name another") from None
    except Exception as error:
        raise ValueError(f"the checkpoint {path} is damaged ({first_line(error)}): save it again") from None


def _state_dictionaries(value: Any) -> Iterator[dict[str, Tensor]]:
    """Dictionaries of tensors, the outermost first."""
    if not isinstance(value, Mapping):
        return
    tensors = {key: tensor for key, tensor in value.items() if isinstance(key, str) and isinstance(tensor, Tensor)}
    if tensors:
        yield tensors
    for inner in value.values():
        yield from _state_dictionaries(inner)


def _without_prefixes(state: dict[str, Tensor], own: Mapping[str, Tensor]) -> Iterator[dict[str, Tensor]]:
    """The dictionary, and its parts behind prefixes that make one of the model's names of theirs."""
    yield state
    key = next(iter(own), "")
    prefixes = [name.removesuffix(key) for name in state if name.endswith(f".{key}")] if key else []
    for prefix in dict.fromkeys(prefixes):
        yield {name.removeprefix(prefix): tensor for name, tensor in state.items() if name.startswith(prefix)}


def _differences(own: Mapping[str, Tensor], state: Mapping[str, Tensor]) -> list[str]:
    """Keys that one of them lacks, or that have other shapes.

    Counters of batches, which old files lack, and a second name of a tensor that is there may be missing.
    """
    there = {own[key].data_ptr() for key in state if key in own}
    missing = [
        key for key in own
        if key not in state and not key.endswith("num_batches_tracked") and own[key].data_ptr() not in there
    ]  # fmt: skip
    return [
        *(f"{key} is missing" for key in missing),
        *(f"{key} is not the model's" for key in state if key not in own),
        *(f"{key} is {tuple(state[key].shape)}, not {tuple(tensor.shape)}" for key, tensor in own.items()
          if key in state and state[key].shape != tensor.shape),
    ]  # fmt: skip
