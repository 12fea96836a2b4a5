"""A run is a value: its settings and the code that it executes are its name."""

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, is_dataclass
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, ClassVar

from sweep.code import import_closure

if TYPE_CHECKING:
    from sweep.work import Workspace

# what the name of a run is made of
IDENTITY = ("kind", "settings", "code", "versions")
# what differs, by its name with dots: (of the first, of the second)
Differences = dict[str, tuple[Any, Any]]


class Run(ABC):
    """What is computed once: a frozen dataclass whose fields, which JSON can hold, are the settings.

    kind      name in the store: letters and hyphens         title   a few words for tables
    packages  where code that decides the result lies: its   needs   runs that must be made before
              name depends on the modules of its class and   cost    work in any unit, to estimate times of runs alike
              of its settings' classes, and on what these    parts   files in its folder that belong to the result
              import within the packages
    libraries   other packages whose version, major.minor,   provenance_fields   what of the result says how it was
                decides the result in its last bits                              made
    """

    kind: ClassVar[str]
    packages: ClassVar[Sequence[str]] = ()
    libraries: ClassVar[Sequence[str]] = ()
    parts: ClassVar[Sequence[str]] = ()
    provenance_fields: ClassVar[Sequence[str]] = ()
    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    @abstractmethod
    def title(self) -> str: ...

    @property
    @abstractmethod
    def cost(self) -> float: ...

    @property
    def needs(self) -> "Sequence[Run]":
        return ()

    @abstractmethod
    def perform(self, workspace: "Workspace") -> dict[str, Any]:
        """The result, which JSON can hold."""

    def environment(self, device: str) -> AbstractContextManager[str]:
        """What must hold while it is made: a context of the device that it really uses."""
        return nullcontext(device)

    def provenance(self, device: str, seconds: float) -> dict[str, Any]:
        """How it was made, which JSON can hold."""
        return {"device": device}


def code(run: Run) -> dict[str, str]:
    """{module: digest} of all modules that decide the run's result: its own and those of the runs that it needs."""
    own = [cls.__module__ for cls in type(run).__mro__ if issubclass(cls, Run) and cls is not Run]
    own += [type(value).__module__ for value in vars(run).values() if is_dataclass(value)]
    needed = [code(need) for need in run.needs]
    modules = {name: digest for part in (import_closure(own, run.packages), *needed) for name, digest in part.items()}
    return dict(sorted(modules.items()))


def versions(run: Run) -> dict[str, str]:
    """{library: major.minor} of the libraries that decide the run's result: its own and those of the runs it needs."""
    own = {name: library_version(name) for name in run.libraries}
    return dict(sorted({name: v for part in (own, *map(versions, run.needs)) for name, v in part.items()}.items()))


@cache
def library_version(name: str) -> str:
    """major.minor of an installed package."""
    return ".".join(version(name).split(".")[:2])


def identity(run: Run) -> dict[str, Any]:
    """All that the name of a run is made of: kind, settings, a digest of each module that decides its result, and the
    versions of the libraries that do.
    """
    return {"kind": run.kind, "settings": _plain(asdict(run)), "code": code(run), "versions": versions(run)}


def key(run: Run) -> str:
    """The name of the run's folder: its kind and 16 hexadecimal digits of SHA-256 over its identity."""
    return name_of(identity(run))


def name_of(identity: Mapping[str, Any]) -> str:
    """The same of an identity that was written down."""
    content = json.dumps({part: identity[part] for part in IDENTITY if part in identity}, sort_keys=True)
    return f"{identity['kind']}-{hashlib.sha256(content.encode()).hexdigest()[:16]}"


def with_needs(runs: Sequence[Run]) -> dict[str, Run]:
    """{name: run} of all runs after those that they need, each once."""
    ordered: dict[str, Run] = {}
    for run in runs:
        ordered |= {**with_needs(run.needs), key(run): run}
    return ordered


def differences(first: Mapping[str, Any], second: Mapping[str, Any]) -> Differences:
    """Which settings, by their full names, and which modules of two identities differ."""
    left, right = ({n.removeprefix("settings."): x for n, x in flat(side).items()} for side in (first, second))
    names = [*left, *(name for name in right if name not in left)]
    return {name: (left.get(name), right.get(name)) for name in names if left.get(name) != right.get(name)}


def flat(value: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested mappings as one, with names joined by dots."""
    joined: dict[str, Any] = {}
    for name, item in value.items():
        joined |= flat(item, f"{prefix}{name}.") if isinstance(item, Mapping) else {f"{prefix}{name}": item}
    return joined


def _plain(value: Any) -> Any:
    """As JSON has it, with one form for each number: 4.0 is 4."""
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
