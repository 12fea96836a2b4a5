"""Files that are written whole or not at all."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` make a file beside `path`, then put it in place: `path` is never half-written, not even where the
    machine stops at that moment.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}.", suffix=path.suffix)
    os.close(handle)
    try:
        write(Path(name))
        with open(name, "rb+") as part:
            os.fsync(part.fileno())
        os.chmod(name, 0o666 & ~_umask())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def unfinished_parts(path: Path) -> list[Path]:
    """What `write_whole` leaves beside `path` if it is killed."""
    return list(path.parent.glob(f".{path.stem}.*{path.suffix}"))


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
