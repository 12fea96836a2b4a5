"""Networks trained and compared from Python, as the documentation shows it."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from validate.compare import compare
from validate.experiment import Experiment

ROOT = Path(__file__).parent.parent.parent


def test_theory_and_simulation_of_the_papers_experiment() -> None:
    judgement = compare(replace(Experiment.paper(task=1), training=None))
    assert judgement.holds
    assert judgement.quantities["D"].predicted == -2
    assert judgement.comparison.networks is None


@pytest.mark.parametrize(
    ("seeds", "named"), [(1, "no interval to judge by"), (0, "holds no whole numbers"), (-3, "holds no whole numbers")]
)
def test_what_cannot_be_judged_is_refused_before_training(seeds: int, named: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=named):
        compare(Experiment.quick(task=2), seeds=seeds, store=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_documented_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """docs/python.md, with less training."""
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "python.md").read_text(), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    short = re.sub(r"epochs=\d+", "epochs=2", code)
    assert short != code
    assert len(code.splitlines()) <= 12
    exec(compile(short, "docs/python.md", "exec"), {"__name__": "__main__"})
    assert any((tmp_path / "runs").iterdir())
