"""Files of users that are damaged, or claim to be larger than they are: one sentence, at once, without their size in
memory.
"""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn

from nets.models.checkpoint_files import fill
from validate.sensitivity.measurement import read_images


def model() -> nn.Module:
    return nn.Conv2d(1, 2, 3)


def bomb(path: Path) -> None:
    """An archive of torch.save whose weights are 64 MiB of compressed zeros."""
    torch.save(model().state_dict(), path)
    with zipfile.ZipFile(path) as archive:
        entries = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, bytes(2**26) if "/data/" in name else content)


def test_an_archive_that_holds_more_than_its_size_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb(tmp_path / "weights.pt")
    assert (tmp_path / "weights.pt").stat().st_size < 2**20
    read: list[object] = []
    monkeypatch.setattr(torch, "load", lambda *path, **options: read.append(path))
    with pytest.raises(ValueError, match="holds more than tensors, or is damaged"):
        fill(model(), "mine", tmp_path / "weights.pt")
    assert read == []


def header(shape: str) -> bytes:
    """A .npy file of this shape that ends after its header."""
    text = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


@pytest.mark.parametrize(
    "content",
    [
        header("(50000, 3, 290, 290)"),
        header("(-1, 3, 8, 8)"),
        header("(2, 3, 8"),
        header("(2, 3, 8, 8)"),
        b"",
        b"\x93NUMPY",
    ],
    ids=["101 GB", "negative", "open bracket", "no numbers", "empty", "cut"],
)
def test_arrays_that_are_not_what_they_claim_are_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.npy").write_bytes(content)
    with pytest.raises(ValueError, match=r"holds no|is no \.npy array"):
        read_images(tmp_path / "x.npy")


@given(data=st.data())
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("suffix", [".pt", ".npy"])
def test_flipped_bytes_are_read_or_refused_in_one_sentence(suffix: str, data: st.DataObject, tmp_path: Path) -> None:
    content, path = io.BytesIO(), tmp_path / f"x{suffix}"
    if suffix == ".pt":
        torch.save(model().state_dict(), content)
    else:
        np.save(content, np.ones((2, 1, 4, 4)))
    whole = bytearray(content.getvalue())
    for place in data.draw(st.lists(st.integers(0, len(whole) - 1), min_size=1, max_size=4)):
        whole[place] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(whole[: data.draw(st.integers(len(whole) // 2, len(whole)))]))
    try:
        fill(model(), "mine", path) if suffix == ".pt" else read_images(path)
    except ValueError as error:
        assert "\n" not in str(error)  # noqa: PT017
