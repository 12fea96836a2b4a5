"""The numbers of theory and simulation are those of version 0.1, from before the rooms were rebuilt.

`numbers_of_version_0_1.json` was made by `python -m validate.scaling --no-nets` with the options that are its keys, at
commit f80abd5.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from validate.scaling.__main__ import main

NUMBERS: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "numbers_of_version_0_1.json").read_text())


@pytest.mark.parametrize("options", NUMBERS)
def test_numbers_have_stayed(options: str, tmp_path: Path) -> None:
    assert main([*options.split(), "--no-nets", "--out", str(tmp_path)]) == 0
    (path,) = tmp_path.glob("*.json")
    record, before = json.loads(path.read_text()), NUMBERS[options]
    layers = record["layers"]
    now: dict[str, Any] = {"A": [layer["A"] for layer in layers]}
    for q in ("D", "G"):
        now[q] = [layer["exact"][q] for layer in layers]
        now[f"{q}_infinite_width"] = (
            [layer["infinite_width"][q] for layer in layers] if "infinite_width" in layers[0] else None
        )
        # the fit that gives an exponent ends at a relative step of 1e-15
        assert record["quantities"][q]["simulated"]["value"] == pytest.approx(before["simulated"][q], abs=1e-9)
        assert record["quantities"][q]["exact"] == pytest.approx(before["exact_slope"][q], rel=1e-12)
    for name, values in now.items():
        # rounding: other forms of the same sums
        np.testing.assert_allclose(np.array(values, float), np.array(before[name], float), rtol=1e-11, err_msg=name)
