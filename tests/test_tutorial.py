"""The code of the tutorial, block after block, as a reader runs it."""

import re
from pathlib import Path

import pytest

TUTORIAL = Path(__file__).parent.parent / "docs" / "tutorial.md"


def test_the_tutorial_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    blocks = re.findall(r"```python\n(.*?)```", TUTORIAL.read_text(), re.DOTALL)
    assert len(blocks) == 5
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "__main__"}
    for number, block in enumerate(blocks, 1):
        exec(compile(block, f"tutorial, block {number}", "exec"), names)
    printed = capsys.readouterr().out
    assert "layer 4: A = 16" in printed
    assert "undecided" in printed
    assert any((tmp_path / "runs").iterdir())
