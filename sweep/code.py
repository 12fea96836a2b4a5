"""The code that a run executes: its modules, found by following their imports, and a digest of each."""

import ast
import hashlib
import importlib.util
import io
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Source:
    """A module's code: digest of what it does, and the names it imports, some of which are no modules."""

    digest: str
    imported: tuple[str, ...] = ()


# as first read; a process that works for another takes that one's, so that files edited meanwhile rename no run
SOURCES: dict[str, Source | None] = {}
# the closures found in them, by modules and packages: the runs of a sweep have all the same
_CLOSURES: dict[tuple[tuple[str, ...], tuple[str, ...]], dict[str, Source]] = {}


def import_closure(modules: Iterable[str], packages: Iterable[str]) -> dict[str, str]:
    """{module: digest} of the modules and of all that importing them executes within `packages`: what they import, at
    the top or inside a function, what that imports, and the packages around each.

    Imports by a name that is computed, as importlib has them, are not seen. Raises ValueError for a module of
    `modules` without source.
    """
    reached = (tuple(modules), tuple(packages))
    closure = _CLOSURES.get(reached)
    if closure is None or any(SOURCES.get(module) is not source for module, source in closure.items()):
        closure = _CLOSURES[reached] = _closure(*reached)
    return {module: source.digest for module, source in closure.items()}


def _closure(modules: tuple[str, ...], packages: tuple[str, ...]) -> dict[str, Source]:
    within = tuple(f"{package}." for package in packages)
    closure: dict[str, Source] = {}
    waiting = list(modules)
    for module in waiting:
        if source_of(module) is None:
            raise ValueError(f"the module {module} has no source to take a digest of: install it as files")
    while waiting:
        module = waiting.pop()
        source = None if module in closure else source_of(module)
        if source is not None:
            closure[module] = source
            names = [*source.imported, module.rpartition(".")[0]]
            waiting += [name for name in names if f"{name}.".startswith(within)]
    return dict(sorted(closure.items()))


def source_of(module: str) -> Source | None:
    """The module's source as first read; None where there is no such module, or it has no source."""
    if module not in SOURCES:
        SOURCES[module] = _read(module)
    return SOURCES[module]


def _read(module: str) -> Source | None:
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError):
        return None
    if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
        return None
    text = Path(spec.origin).read_text(encoding="utf-8")
    package = module if spec.submodule_search_locations is not None else module.rpartition(".")[0]
    imported = tuple(dict.fromkeys(_imported(text, package)))
    return Source(hashlib.sha256(code_of(text).encode()).hexdigest()[:12], imported)


def _imported(source: str, package: str) -> Iterator[str]:
    """Names that a source imports; "from a import b" may mean the module a.b."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            relative = "." * node.level + (node.module or "")
            module = importlib.util.resolve_name(relative, package) if node.level else relative
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


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
