"""A file system whose n-th call fails, or all from the n-th on: what `tests.sweep.test_faults` runs everything on."""

import builtins
import errno
import fcntl
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

NUMBERS = (errno.ENOSPC, errno.EIO, errno.EINTR, errno.EROFS, errno.EACCES, errno.ESTALE)
CALLS = (
    *((os, name) for name in ("open", "close", "fsync", "replace", "link", "unlink", "rmdir", "mkdir", "utime")),
    *((os, name) for name in ("stat", "fstat", "scandir", "listdir")),
    (fcntl, "flock"),
    (io, "open"),
    (builtins, "open"),
)


@dataclass
class Faults:
    """The n-th call raises OSError of this number, and `lasting` every later one; a write has written half by then."""

    n: int
    number: int
    lasting: bool = False
    count: int = 0

    def due(self) -> bool:
        self.count += 1
        return self.count == self.n or (self.lasting and self.count > self.n)

    def error(self) -> OSError:
        return OSError(self.number, os.strerror(self.number))

    @property
    def came(self) -> bool:
        return self.count >= self.n

    @contextmanager
    def injected(self) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            for module, name in CALLS:
                patch.setattr(module, name, self._failing(getattr(module, name)))
            yield

    def _failing(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def failing(*arguments: Any, **named: Any) -> Any:
            if self.due():
                if call.__name__ == "close":  # which frees the handle, also where it fails
                    call(*arguments)
                raise self.error()
            result = call(*arguments, **named)
            return _File(result, self) if isinstance(result, io.IOBase) else result

        return failing


class _File:
    """An open file whose writes and whose closing may fail."""

    def __init__(self, file: Any, faults: Faults) -> None:
        self._file, self._faults = file, faults

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> "_File":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def write(self, content: Any) -> Any:
        if self._faults.due():
            self._file.write(content[: len(content) // 2])
            raise self._faults.error()
        return self._file.write(content)

    def close(self) -> None:
        self._file.close()
        if self._faults.due():
            raise self._faults.error()
