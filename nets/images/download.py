"""Files of a data set from where they are published, whole or not at all."""

import hashlib
import os
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from nets.images.archive import Archive, require_whole

CHUNK = 1 << 20


def download(archive: Archive, folder: Path, report: Callable[[int, int], None] = lambda done, size: None) -> Path:
    """Put the archive into the folder, which is made where it is missing, once its digest was checked.

    `report` is called with the bytes that have come and their whole number.
    Raises ValueError, one sentence, where it does not come, is another one, or finds no room; nothing is left of it.
    """
    path = folder / archive.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=f".{archive.name}.", delete=False) as part:
            try:
                digest, size = hashlib.sha256(), 0
                with urllib.request.urlopen(archive.url, timeout=60) as source:
                    while chunk := source.read(CHUNK):
                        part.write(chunk)
                        digest.update(chunk)
                        size += len(chunk)
                        report(size, archive.size)
                part.close()
                require_whole(path, archive, size, digest.hexdigest())
                os.replace(part.name, path)
            except BaseException:
                os.unlink(part.name)
                raise
    except urllib.error.URLError as error:
        raise ValueError(
            f"{archive.url} cannot be fetched ({error.reason}): get it by other means and put it into {folder}"
        ) from None
    except OSError as error:
        raise ValueError(f"{archive.name} cannot be written into {folder} ({error}): choose another folder") from None
    return path
