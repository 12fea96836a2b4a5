"""D_k and G_k of a user's networks, from a table of comma-separated values; each row is checked as it enters."""

import csv
import io
import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

NUMBERS = {"receptive field": (0.01, 1e5), "D": (1e-100, 1e100), "G": (1e-100, 1e100)}
"""The columns whose logarithms are taken, each with its range; the receptive field is in pixels."""
WHOLE = {"layer": (1, 10**6), "seed": (0, 2**31 - 1)}
REQUIRED = ("layer", *NUMBERS)
FEWEST_LAYERS = 3
LARGEST_FILE = 2**26  # bytes


@dataclass(frozen=True)
class Measurements:
    """D_k and G_k of n layers of S networks.

    layers (n,), seeds (S,); receptive_field, D, G (S, n); not_read: columns of the table that say nothing here
    """

    layers: np.ndarray
    seeds: np.ndarray
    receptive_field: np.ndarray
    D: np.ndarray
    G: np.ndarray
    not_read: tuple[str, ...]

    @property
    def R(self) -> np.ndarray:
        """R_k = D_k/G_k (Eq. 1), (S, n)."""
        return np.asarray(self.D / self.G)


@dataclass(frozen=True)
class _Row:
    number: int
    layer: int
    seed: int
    receptive_field: float
    D: float
    G: float


def read_measurements(path: Path) -> Measurements:
    """The table at `path`: a header with layer, receptive field, D, G and, for several networks, seed; then a row for
    each layer of each network, in any order. The header is row 1.

    Raises ValueError, one sentence, that names the row and the rule for what is no such table.
    """
    rows = list(csv_rows(_text(path), path))
    if not rows:
        raise ValueError(f"{path} is empty: it needs a header with {', '.join(REQUIRED)}, and a row for each layer")
    columns, not_read = _columns(rows[0][1], path)
    networks: defaultdict[int, list[_Row]] = defaultdict(list)
    for number, cells in rows[1:]:
        if len(cells) != len(rows[0][1]):
            raise ValueError(
                f"row {number} of {path} has {len(cells)} values and the header {len(rows[0][1])}: give each column one"
            )
        row = _row(number, {name: cells[place].strip() for name, place in columns.items()}, path)
        networks[row.seed].append(row)
    if not networks:
        raise ValueError(f"{path} has a header and no rows: give a row for each layer")
    ordered = [_ordered(networks[seed], path) for seed in sorted(networks)]
    _require_same_layers(ordered, "seed" in columns, path)
    return Measurements(
        layers=np.array([row.layer for row in ordered[0]]),
        seeds=np.array(sorted(networks)),
        receptive_field=np.array([[row.receptive_field for row in rows] for rows in ordered]),
        D=np.array([[row.D for row in rows] for rows in ordered]),
        G=np.array([[row.G for row in rows] for rows in ordered]),
        not_read=not_read,
    )


def csv_rows(text: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    """(number, cells) of all rows that are not blank; a row's number is that of the line on which it ends."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error as error:
        raise ValueError(
            f"row {reader.line_num} of {path} is no row of comma-separated values ({error}): repair its quotes"
        ) from None


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ValueError(f"{path} cannot be read ({reason}): name a file of comma-separated values") from None
    if len(content) > LARGEST_FILE:
        raise ValueError(f"{path} has more than {LARGEST_FILE >> 20} MiB: give a row for each layer and network alone")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        raise ValueError(f"row {row} of {path} is not UTF-8 (byte {error.start}): save the table as UTF-8") from None


def _columns(header: list[str], path: Path) -> tuple[dict[str, int], tuple[str, ...]]:
    """{column: place}, and the columns that are not read; "Receptive_Field" is "receptive field"."""
    known = {name.casefold(): name for name in (*REQUIRED, "seed")}
    columns: dict[str, int] = {}
    not_read = []
    for place, cell in enumerate(header):
        name = known.get(cell.strip().replace("_", " ").casefold())
        if name is None:
            not_read.append(cell.strip())
        elif name in columns:
            raise ValueError(f"row 1 of {path} names the column {name} twice: leave one out")
        else:
            columns[name] = place
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        raise ValueError(
            f"row 1 of {path} lacks {', '.join(missing)}: it has to be a header, separated by commas, with "
            f"{', '.join(REQUIRED)} and, for several networks, seed"
        )
    return columns, tuple(not_read)


def _row(number: int, cells: dict[str, str], path: Path) -> _Row:
    whole = {name: _whole(cells[name], name, number, path) for name in WHOLE if name in cells}
    real = {name: _real(cells[name], name, number, path) for name in NUMBERS}
    return _Row(number, whole["layer"], whole.get("seed", 0), real["receptive field"], real["D"], real["G"])


def _whole(cell: str, name: str, row: int, path: Path) -> int:
    least, most = WHOLE[name]
    if not (cell.isascii() and cell.isdigit() and len(cell) < 20 and least <= int(cell) <= most):
        raise ValueError(
            f"{name} = {_short(cell)} in row {row} of {path} is not a whole number from {least} to {most}: use one"
        )
    return int(cell)


def _real(cell: str, name: str, row: int, path: Path) -> float:
    least, most = NUMBERS[name]
    try:
        value = float(cell) if "_" not in cell else math.nan
    except ValueError:
        value = math.nan
    if math.isnan(value):
        raise ValueError(f"{name} = {_short(cell)} in row {row} of {path} is not a number: use one like 0.25 or 2.5e-3")
    if value <= 0:
        raise ValueError(
            f"{name} = {_short(cell)} in row {row} of {path} is not positive, and its logarithm is taken: leave this "
            "layer out of every network"
        )
    if not least <= value <= most:
        raise ValueError(
            f"{name} = {_short(cell)} in row {row} of {path} is out of range: use a number from {least:g} to {most:g}"
        )
    return value


def _ordered(rows: list[_Row], path: Path) -> list[_Row]:
    """One network's rows by layer: each layer once, at least three, the receptive field growing."""
    rows = sorted(rows, key=lambda row: row.layer)
    for before, row in pairwise(rows):
        if before.layer == row.layer:
            raise ValueError(
                f"rows {before.number} and {row.number} of {path} are both layer {row.layer} of one network: leave one "
                "out, or tell networks apart by a column seed"
            )
        if not before.receptive_field < row.receptive_field:
            raise ValueError(
                f"receptive field = {row.receptive_field:g} in row {row.number} of {path} is not larger than that of "
                f"the layer before, row {before.number}: A_k has to grow from layer to layer"
            )
    if len(rows) < FEWEST_LAYERS:
        raise ValueError(
            f"{path} has {len(rows)} layers of the network that ends in row {max(row.number for row in rows)}, and a "
            f"law needs {FEWEST_LAYERS}: give more layers"
        )
    return rows


def _require_same_layers(networks: list[list[_Row]], named: bool, path: Path) -> None:
    first = [row.layer for row in networks[0]]
    for rows in networks[1:]:
        layers = [row.layer for row in rows]
        if layers != first:
            differing = min(set(layers) ^ set(first))
            number = next((row.number for row in rows if row.layer == differing), max(row.number for row in rows))
            raise ValueError(
                f"row {number} of {path}: layer {differing} is one of seed {rows[0].seed} or of seed "
                f"{networks[0][0].seed} alone: give every network the same layers"
            )


def _short(cell: str) -> str:
    """At most 40 letters, quoted where they are no number."""
    text = repr(cell)
    return text if len(text) <= 40 else text[:37] + "…"
