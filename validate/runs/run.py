"""A run is a value: its settings and the code that decides its numbers are its name."""

import ast
import hashlib
import importlib.util
import io
import json
import tokenize
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar, Protocol

# {module: digest}; a process that works for another takes that one's, so that files edited meanwhile rename no run
DIGESTS: dict[str, str] = {}
# what differs, by its name with dots: (of the one, of the other)
Differences = dict[str, tuple[Any, Any]]


class Place(Protocol):
    """What a run finds where it is made."""

    folder: Path

    @property
    def device(self) -> str: ...

    @property
    def save_every(self) -> float: ...

    @property
    def resume(self) -> bool: ...

    def say(self, line: str) -> None:
        """Write a line to the run's log."""

    def report(self, progress: Mapping[str, Any]) -> None:
        """Tell how far it is: "text", and the seconds "left", or None."""

    def need(self, run: "Run") -> tuple[Path, dict[str, Any]]:
        """The folder and the result of another run, made first if it is missing."""


class Run(Protocol):
    """A frozen dataclass whose fields, which JSON can hold, are the settings.

    kind      name in the store                           needs    runs that must be made before
    modules   modules whose code decides the result       cost     work in any unit, to tell the time of runs alike
    title     a few words for tables                        told     what of the result says how it was made
    """

    kind: ClassVar[str]
    modules: ClassVar[Sequence[str]]
    told: ClassVar[Sequence[str]]
    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def title(self) -> str: ...

    @property
    def cost(self) -> float: ...

    @property
    def needs(self) -> "Sequence[Run]": ...

    def perform(self, place: Place) -> dict[str, Any]:
        """The result, which JSON can hold."""


def identity(run: Run) -> dict[str, Any]:
    """All that the name of a run is made of: kind, settings, and a digest of each module that decides its numbers."""
    code = {module: code_digest(module) for module in sorted(run.modules)}
    return {"kind": run.kind, "settings": _plain(asdict(run)), "code": code}


def key(run: Run) -> str:
    """The name of the run's folder: its kind and 16 hexadecimal digits of SHA-256 over its identity."""
    return name_of(identity(run))


def name_of(identity: Mapping[str, Any]) -> str:
    """The same of an identity that was written down."""
    content = json.dumps({part: identity[part] for part in ("kind", "settings", "code")}, sort_keys=True)
    return f"{identity['kind']}-{hashlib.sha256(content.encode()).hexdigest()[:16]}"


def differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> Differences:
    """Which settings, by their full names, and which modules of two identities differ."""
    left, right = ({n.removeprefix("settings."): x for n, x in flat(side).items()} for side in (one, other))
    names = [*left, *(name for name in right if name not in left)]
    return {name: (left.get(name), right.get(name)) for name in names if left.get(name) != right.get(name)}


def code_digest(module: str) -> str:
    """A digest of what the module does: its source without comments, docstrings and blank lines, when first asked."""
    if module not in DIGESTS:
        spec = importlib.util.find_spec(module)
        if spec is None or spec.origin is None:
            raise ValueError(f"the module {module} has no source to tell its version by: install it as files")
        source = code_of(Path(spec.origin).read_text(encoding="utf-8"))
        DIGESTS[module] = hashlib.sha256(source.encode()).hexdigest()[:12]
    return DIGESTS[module]


def code_of(source: str) -> str:
    """The source without comments, docstrings and blank lines; the same in every version of Python."""
    lines = source.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            for row in range(node.lineno - 1, node.end_lineno or node.lineno):
                lines[row] = ""
    return "\n".join(line.rstrip() for line in lines if line.strip())


def _plain(value: Any) -> Any:
    """As JSON has it, with one form for each number: 4.0 is 4."""
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def flat(value: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested mappings as one, with names joined by dots."""
    found: dict[str, Any] = {}
    for name, item in value.items():
        found |= flat(item, f"{prefix}{name}.") if isinstance(item, Mapping) else {f"{prefix}{name}": item}
    return found
