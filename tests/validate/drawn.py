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
    bars = [container for container in axis.containers if isinstance(container, ErrorbarContainer)]
    lines = [line for line in axis.lines if str(line.get_label()).startswith(label)]
    lines += [bar.lines[0] for bar in bars if str(bar.get_label()).startswith(label)]
    assert len(lines) == 1, f"{len(lines)} lines are {label!r} in panel {panel}"
    return np.array(lines[0].get_data(), dtype=float)
