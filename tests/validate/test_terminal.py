"""Standard output that is narrow, in another encoding, full, closed, or whose reader leaves; Ctrl-C at any time."""

import os
import re
import signal
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

import validate.scaling.__main__ as scaling
from validate.presentation import table

ROOT = Path(__file__).parents[2]
FULL = "standard output cannot be written (No space left on device): make room or send it elsewhere"
QUICK = ["-m", "validate.scaling", "--task", "2", "--no-nets"]


def run(words: list[str], folder: Path, shell: str = "", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """A command of ours, as a shell has it: `shell` is what stands behind it."""
    command = " ".join([sys.executable, *words, "--out", str(folder / "out"), shell])
    settings = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(["bash", "-c", command], capture_output=True, cwd=folder, env=settings, timeout=120)


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_no_number_is_lost_at_any_width(width: int) -> None:
    headings = ["layer", *(f"quantity {n}" for n in range(9))]
    rows = [[f"layer {k}", *(f"{k}.{n}{n}{n} ± 0.0{n}" for n in range(9))] for k in range(3)]
    with StringIO() as text:
        Console(file=text, width=width).print(table("Title", headings, rows, "caption"))
        printed = text.getvalue()
    for cell in (cell for row in rows for cell in row):
        assert cell in printed
    assert "…" not in printed
    assert printed.count("caption") == 1
    assert max(len(line) for line in printed.splitlines()) <= width


def test_an_encoding_without_our_letters_is_no_failure(tmp_path: Path) -> None:
    result = run(QUICK, tmp_path, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (result.returncode, result.stderr) == (0, b"")
    assert (tmp_path / "out" / "task2.json").exists()


@pytest.mark.parametrize(
    ("shell", "status", "message"),
    [
        (">&-", 0, ""),
        (
            "> /dev/full",
            2,
            "standard output cannot be written (No space left on device): make room or send it elsewhere",
        ),
        ("| head -c 1 > /dev/null; exit ${PIPESTATUS[0]}", 141, ""),
    ],
    ids=["closed", "full", "left"],
)
def test_output_that_is_lost_is_named_and_no_traceback(shell: str, status: int, message: str, tmp_path: Path) -> None:
    if "full" in shell and not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    result = run(QUICK, tmp_path, shell)
    assert result.stderr.decode().strip() == message
    assert result.returncode == status


@pytest.mark.parametrize("command", ["scaling --task 1", "sensitivity --model resnet18 --images x", "runs list"])
@pytest.mark.parametrize("delay", [0.1, 0.4, 0.8])
def test_an_interrupt_during_imports_is_one_line(command: str, delay: float, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", *f"validate.{command}".split()],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    time.sleep(delay)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    lines = errors.decode().splitlines()
    if process.returncode == 130:
        assert len(lines) <= 1
    else:  # it came before the first line of ours, or after the last
        assert process.returncode in (-signal.SIGINT, 0, 1, 2), lines
    assert not re.search("validate|rich|torch", "".join(line for line in lines if "File" in line)), lines


def test_what_looks_like_markup_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "x[b][red]:smile:[end]"
    assert scaling.main(["--task", "2", "--no-nets", "--out", str(folder)]) == 0
    assert f"{folder.name}/task2.json" in "".join(capsys.readouterr().out.split("\n"))
    assert (folder / "task2.txt").exists()
