"""Archives whose size and digest are known, so that nothing of another is read, let alone unpickled."""

import hashlib
import io
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Archive:
    """A file of a data set: its name, where it comes from, its bytes, and their SHA-256 in hexadecimal digits."""

    name: str
    url: str
    size: int
    digest: str


def read_checked(path: Path, archive: Archive) -> bytes:
    """The bytes of the file, which are those of the archive.

    Raises ValueError, one sentence, for a file that cannot be read, is truncated, or has another digest.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ValueError(f"the archive {path} cannot be read ({error.strerror}): see who owns it") from None
    require_whole(path, archive, len(content), hashlib.sha256(content).hexdigest())
    return content


def require_whole(path: Path, archive: Archive, size: int, digest: str) -> None:
    """Raises ValueError, one sentence, where the size or the digest of a file is not that of the archive."""
    if digest == archive.digest:
        return
    remedy = f"delete it and get it anew from {archive.url}"
    if size < archive.size:
        raise ValueError(f"the archive {path} is truncated, {size} bytes of {archive.size}: {remedy}")
    raise ValueError(
        f"the archive {path} is damaged, or another one: its SHA-256 begins with {digest[:12]}, not "
        f"{archive.digest[:12]}: {remedy}"
    )


def members(content: bytes) -> Mapping[str, bytes]:
    """{name of a file, without its folder: its bytes} of a tar archive, gzipped or not; nothing is unpacked on disk."""
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        files = [(member, archive.extractfile(member)) for member in archive if member.isfile()]
        return {member.name.rpartition("/")[2]: file.read() for member, file in files if file is not None}
