"""What a command does with the runs that it needs."""

import argparse
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from tests.validate.runs.test_local import wait_for
from tests.validate.runs.tiny import Above, Tiny, ends
from tests.validate.usage import take_interrupts
from validate.runs import fetch as module
from validate.runs.claim import claim
from validate.runs.fetch import OnlyPlanned, RunsFailed, fetch, finished
from validate.runs.store import Store

CONSOLE = Console(width=170, force_terminal=False)


def asked(tmp_path: Path, *words: str) -> argparse.Namespace:
    p = argparse.ArgumentParser()
    module.add_arguments(p)
    return p.parse_args(["--store", str(tmp_path / "runs"), *words])


def runs(tmp_path: Path, **settings: object) -> list[Tiny]:
    return [Tiny(n, str(tmp_path / "diary"), **settings) for n in range(4)]  # type: ignore[arg-type]


def test_results_come_in_the_order_that_was_asked(tmp_path: Path) -> None:
    few = runs(tmp_path)
    assert [one["square"] for one in fetch(few[1:], asked(tmp_path), CONSOLE)] == [1, 4, 9]
    assert [one["square"] for one in fetch(few[::-1], asked(tmp_path), CONSOLE)] == [9, 4, 1, 0]
    assert ends(tmp_path / "diary") == [0, 1, 2, 3]


def test_dry_run_makes_nothing_and_says_what_it_would(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    few = runs(tmp_path)
    with pytest.raises(OnlyPlanned):
        fetch(few, asked(tmp_path, "--dry-run"), Console(width=170))
    assert list(tmp_path.iterdir()) == []
    assert "4 without an estimate" in capsys.readouterr().out
    fetch(few[:1], asked(tmp_path), CONSOLE)
    with pytest.raises(OnlyPlanned):
        fetch([Above(few[0]), *few[1:]], asked(tmp_path, "--dry-run", "--workers", "2"), Console(width=170))
    printed = " ".join(capsys.readouterr().out.split())
    assert "1 of 5 done" in printed
    assert "with 2 at a time; 1 without an estimate" in printed


def test_the_time_of_a_run_is_that_of_one_alike(tmp_path: Path) -> None:
    known = [("tiny", 1.0, 10.0), ("tiny", 100.0, 200.0), ("above", 1.0, 7.0)]
    assert module.estimate(Tiny(79, ""), known) == pytest.approx(160)
    assert module.estimate(Tiny(0, ""), known) == pytest.approx(10)
    assert module.estimate(Tiny(0, ""), known[2:]) is None
    fetch(runs(tmp_path)[:2], asked(tmp_path), CONSOLE)
    assert [(kind, cost) for kind, cost, _ in finished(Store(tmp_path / "runs"))] in (
        [("tiny", 1.0), ("tiny", 2.0)],
        [("tiny", 2.0), ("tiny", 1.0)],
    )


def test_failures_are_listed_at_the_end(tmp_path: Path) -> None:
    few = [*runs(tmp_path), Tiny(7, str(tmp_path / "diary"), fault="raise")]
    with pytest.raises(RunsFailed, match=r"1 runs failed(.|\n)*number 7 does not work"):
        fetch(few, asked(tmp_path), CONSOLE)
    assert ends(tmp_path / "diary") == [0, 1, 2, 3]


def test_a_read_only_store_gives_what_it_has_and_says_that_it_takes_no_more(tmp_path: Path) -> None:
    """As a user who may read the store and not write it."""
    store = tmp_path / "runs"
    few = runs(tmp_path)
    fetch(few[:3], asked(tmp_path), CONSOLE)
    for path in [store, *store.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    for path in [tmp_path, *list(tmp_path.parents)[:-2]]:
        path.chmod(path.stat().st_mode | 0o755)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            if os.geteuid() == 0:
                os.setuid(65534)
            whole = [one["square"] for one in fetch(few[:3], asked(tmp_path), CONSOLE)] == [0, 1, 4]
            try:
                fetch(few, asked(tmp_path), CONSOLE)
            except ValueError as error:
                code = 0 if whole and "cannot be written (Permission denied): choose" in str(error) else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    for path in [store, *store.rglob("*")]:
        path.chmod(0o755)


def test_what_another_command_makes_is_waited_for(tmp_path: Path) -> None:
    run = runs(tmp_path)[3]
    folder = Store(tmp_path / "runs").place(run)
    folder.mkdir(parents=True)
    held = claim(folder)
    assert held is not None
    source = (
        "import sys\nfrom pathlib import Path\nfrom tests.validate.runs.test_fetch import CONSOLE, asked, fetch, runs\n"
        "path = Path(sys.argv[1])\nprint(fetch(runs(path)[3:], asked(path), CONSOLE)[0]['square'])\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    command = subprocess.Popen(
        [sys.executable, "-c", source, str(tmp_path)], env=environment, stdout=subprocess.PIPE, text=True
    )
    with held:
        time.sleep(4)
        assert command.poll() is None
        assert ends(tmp_path / "diary") == []
    assert command.communicate(timeout=60)[0].strip().endswith("9")


def test_ctrl_c_ends_all_processes_and_no_traceback_is_seen(tmp_path: Path) -> None:
    source = (
        "import sys\nfrom pathlib import Path\nfrom tests.validate.runs.test_fetch import CONSOLE, asked, fetch, runs\n"
        "path = Path(sys.argv[1])\ntry:\n    fetch(runs(path, steps=1000, pause=0.1), asked(path), CONSOLE)\n"
        "except KeyboardInterrupt:\n    sys.exit(130)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    script = tmp_path / "command.py"
    script.write_text("if __name__ == '__main__':\n" + "".join(f"    {line}\n" for line in source.splitlines()))
    command = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path)],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=take_interrupts,
    )
    wait_for(lambda: len(list((tmp_path / "runs").glob("*/count.txt"))) >= 2)
    command.send_signal(signal.SIGINT)
    assert "Traceback" not in command.communicate(timeout=60)[1]
    assert command.returncode == 130
    counts = [path.read_text() for path in (tmp_path / "runs").glob("*/count.txt")]
    time.sleep(1)
    assert [path.read_text() for path in (tmp_path / "runs").glob("*/count.txt")] == counts
