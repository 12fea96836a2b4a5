"""All results of a store as one table."""

from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from sweep.folder import read_identity, read_result
from sweep.run import flat
from sweep.store import Store


def table(folder: Path | str, **settings: Any) -> Any:
    """One row for each network and layer of every finished measurement of simple CNNs below `folder`, after training
    and before.

    Columns: the run's name, all settings by their full names (of.training.channels, conventions.noise, …), the seed,
    what became of it (status, test_error, …), the layer k, and each number measured (after.D, before.G,
    mean_filter.D, after.filters.0, …); NaN where one is undefined. `settings` keeps the runs that have them, named by
    their last part: table("runs", channels=64, kind=2).

    A pandas DataFrame where pandas is installed, else a NumPy structured array. Raises ValueError, one sentence, where
    no run is left.
    """
    return _table(Path(folder), "measurement", _rows, settings)


def deep_table(folder: Path | str, **settings: Any) -> Any:
    """The same of the deep networks: settings (of.training.architecture, probing.noise, …), outcome.test_error, …, the
    layer k, its name, depth = k/K, the output last, and after.D, before.G, shuffled.D, …, the mean over shuffles.
    """
    return _table(Path(folder), "deep-measurement", _deep_rows, settings)


Rows = Callable[[str, Mapping[str, Any], Mapping[str, Any]], Iterator[dict[str, Any]]]


def _table(folder: Path, kind: str, rows_of: Rows, settings: Mapping[str, Any]) -> Any:
    rows = [
        row for name, identity, result in _measurements(Store(folder), kind) for row in rows_of(name, identity, result)
    ]
    rows = [row for row in rows if all(_has(row, name, value) for name, value in settings.items())]
    if not rows:
        wanted = ", ".join(f"{name} = {value}" for name, value in settings.items())
        raise ValueError(f"{folder} holds no finished measurement{' of ' + wanted if wanted else ''}: make one first")
    columns = list(dict.fromkeys(name for row in rows for name in row))
    complete = [{name: row.get(name, np.nan) for name in columns} for row in rows]
    if find_spec("pandas") is not None:
        import pandas

        return pandas.DataFrame(complete)
    values = {name: np.array([_cell(row[name]) for row in complete]) for name in columns}
    whole = np.empty(len(rows), dtype=[(name, column.dtype) for name, column in values.items()])
    for name, column in values.items():
        whole[name] = column
    return whole


def _measurements(store: Store, kind: str) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    for folder in store:
        identity, record = read_identity(folder), read_result(folder)
        if identity is not None and record is not None and identity["kind"] == kind:
            yield folder.name, identity, record["result"]


def _rows(name: str, identity: Mapping[str, Any], result: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    constant = {"run": name, **flat(identity["settings"])}
    numbers = flat({part: result[part] for part in ("after", "before", "mean_filter", "mean_output") if part in result})
    arrays = {column: np.array(value, dtype=float) for column, value in numbers.items()}
    for n, seed_result in enumerate(result["seeds"]):
        for k in range(arrays["after.D"].shape[1]):
            measured: dict[str, Any] = {}
            for column, values in arrays.items():
                value = values[n, k]
                if value.ndim == 0:
                    measured[column] = float(value)
                else:
                    measured |= {f"{column}.{o}": float(x) for o, x in enumerate(value)}
            yield {**constant, **_with_nan(seed_result), "k": k + 1, **measured}


def _deep_rows(name: str, identity: Mapping[str, Any], result: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    constant = {"run": name, **flat({**identity["settings"], "outcome": _with_nan(result["outcome"])})}
    layers = result["before"]["layers"]
    several = {"before": [result["before"]], "after": [result["after"]], "shuffled": result["shuffled"]}
    arrays = {
        f"{when}.{number}": np.mean([np.array(model[number], dtype=float) for model in models], axis=0)
        for when, models in several.items()
        for number in ("D", "G")
        if models and models[0] is not None
    }
    for n, layer in enumerate(layers):
        position = {"k": n + 1, "layer": layer, "depth": (n + 1) / len(layers)}
        yield {**constant, **position, **{column: float(values[n]) for column, values in arrays.items()}}


def _with_nan(record: Mapping[str, Any]) -> dict[str, Any]:
    return {part: np.nan if value is None else value for part, value in record.items()}


def _has(row: Mapping[str, Any], setting: str, value: Any) -> bool:
    """Whether a setting whose full name ends so has this value."""
    return any(row[name] == value for name in row if name == setting or name.endswith(f".{setting}"))


def _cell(value: Any) -> Any:
    """What a column of an array can hold."""
    return str(value) if value is None or isinstance(value, list) else value
