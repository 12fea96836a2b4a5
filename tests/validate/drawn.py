"""What figures show: they are kept as they are written, and asked for their curves."""

import numpy as np
import pytest
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure


def keep_figures(monkeypatch: pytest.MonkeyPatch) -> dict[str, Figure]:
    """{name of the file, without its ending: figure} of all that are written from now on."""
    kept: dict[str, Figure] = {}
    write = Figure.savefig

    def keep(self: Figure, path: object, **settings: object) -> None:
        kept[str(path).rpartition("/")[2].removesuffix(".png").lstrip(".").partition(".")[0]] = self
        write(self, path, **settings)  # type: ignore[arg-type]

    monkeypatch.setattr(Figure, "savefig", keep)
    return kept


def curve(figure: Figure, panel: int, label: str) -> np.ndarray:
    """(2, n) numbers x, y of the one line of this panel whose label begins so; of error bars, their middles."""
    axis = figure.axes[panel]
    bars = [one for one in axis.containers if isinstance(one, ErrorbarContainer)]
    found = [one for one in axis.lines if str(one.get_label()).startswith(label)]
    found += [one.lines[0] for one in bars if str(one.get_label()).startswith(label)]
    assert len(found) == 1, f"{len(found)} lines are {label!r} in panel {panel}"
    return np.array(found[0].get_data(), dtype=float)
