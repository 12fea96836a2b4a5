"""Any file of a finished run, mutated at random, heals: every content is either what was written or made again."""

import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from sweep import lock
from sweep.folder import damage, failure, read_identity, read_result, read_title
from sweep.lock import owner
from sweep.run import key
from sweep.store import Store, status
from sweep.work import make
from tests.sweep.tiny import OFTEN, Tiny

WORDS = ("{}", "[]", "null", "-1", "1e999", "NaN", '"x"', "[" * 3000, '{"run": 1}', "\\u0000", "9" * 5000, "true")


def flip(content: bytes, chance: random.Random) -> bytes:
    if not content:
        return b"\0"
    place = chance.randrange(8 * len(content))
    return content[: place // 8] + bytes([content[place // 8] ^ 1 << place % 8]) + content[place // 8 + 1 :]


def cut(content: bytes, chance: random.Random) -> bytes:
    first, last = sorted(chance.randrange(len(content) + 1) for _ in range(2))
    return content[:first] + content[last:]


def insert(content: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(content) + 1)
    return content[:place] + chance.choice(WORDS).encode() + content[place:]


def replace_value(content: bytes, chance: random.Random) -> bytes:
    """Of a JSON object, with its digest as it was."""
    try:
        record = json.loads(content)
        record[chance.choice(sorted(record))] = json.loads(chance.choice(("{}", "[]", "null", "-1", "1e999", '"x"')))
    except (ValueError, TypeError, IndexError, RecursionError):
        return chance.randbytes(30)
    return json.dumps(record).encode()


MUTATIONS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    flip,
    cut,
    insert,
    replace_value,
    lambda content, chance: chance.choice(WORDS).encode(),
    lambda content, chance: chance.randbytes(chance.randrange(300)),
)


@pytest.mark.parametrize("count", [300, pytest.param(10_000, marks=pytest.mark.slow)])
def test_mutated_files_heal(count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda handle: None)
    monkeypatch.setattr(lock, "SILENCE", 0.0)  # as if it had passed
    chance, run = random.Random(count), Tiny(3, str(tmp_path / "diary"))
    whole, store = Store(tmp_path / "whole"), Store(tmp_path / "runs")
    assert make(run, whole, OFTEN) == "done"
    with monkeypatch.context() as patch:
        patch.setattr("sweep.work.remove_locks", lambda folder: None)
        assert make(run, Store(tmp_path / "locked"), OFTEN) == "done"
    (whole.path(run) / "failure.txt").write_text("Traceback\nValueError: of another time\n")
    shutil.copy(tmp_path / "locked" / key(run) / "lock.1", whole.path(run) / "lock.1")
    names = sorted(path.name for path in whole.path(run).iterdir())
    again = 0
    for _ in range(count):
        shutil.rmtree(store.folder, ignore_errors=True)
        shutil.copytree(whole.folder, store.folder)
        folder, name = store.path(run), chance.choice(names)
        for _ in range(chance.choice((1, 1, 3))):
            (folder / name).write_bytes(chance.choice(MUTATIONS)((folder / name).read_bytes(), chance))
        for read in (status, damage, owner, failure, read_title, read_identity, read_result):
            read(folder)
        again += damage(folder) is not None
        assert make(run, store, OFTEN) == "done", name
        assert store.result(run) == {"square": 9, "count": 1}, name
        assert (folder / "count.txt").read_text() == "1", name
        assert (status(folder), damage(folder)) == ("done", None), name
        assert read_identity(folder) is not None, name
    print(f"{count} mutated files, {again} runs made again")
    assert again > count / 5
