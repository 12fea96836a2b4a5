"""Results of runs, made first where they are missing."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sweep.folder import SETTINGS, read_identity
from sweep.lock import acquire
from sweep.make import RunsFailed, make_missing
from sweep.run import Run
from sweep.store import Store, status
from tests.sweep.test_local import wait_for
from tests.sweep.tiny import OFTEN, Tiny, ends
from tests.validate.usage import take_interrupts


def made(runs: Sequence[Run], tmp_path: Path) -> list[dict[str, Any]]:
    return make_missing(runs, Store(tmp_path / "runs"), options=OFTEN)


def runs(tmp_path: Path, **settings: object) -> list[Tiny]:
    return [Tiny(n, str(tmp_path / "diary"), **settings) for n in range(4)]  # type: ignore[arg-type]


def test_results_come_in_the_order_of_the_runs(tmp_path: Path) -> None:
    few = runs(tmp_path)
    assert [result["square"] for result in made(few[1:], tmp_path)] == [1, 4, 9]
    assert [result["square"] for result in made(few[::-1], tmp_path)] == [9, 4, 1, 0]
    assert ends(tmp_path / "diary") == [0, 1, 2, 3]


def test_what_is_missing_is_watched_while_it_is_made(tmp_path: Path) -> None:
    few, store = runs(tmp_path), Store(tmp_path / "runs")
    made(few[:1], tmp_path)
    seen: list[Any] = []

    @contextmanager
    def watch(missing: Sequence[Run], store: Store) -> Iterator[None]:
        seen.extend([list(missing), [status(store.path(run)) for run in missing]])
        yield
        seen.append([status(store.path(run)) for run in missing])

    make_missing(few[:2], store, options=OFTEN, watch=watch)
    make_missing(few[:2], store, options=OFTEN, watch=watch)  # nothing is missing any more
    assert seen == [few[1:2], ["missing"], ["done"]]


def test_damaged_settings_of_a_finished_run_are_written_again(tmp_path: Path) -> None:
    (run, *_), store = runs(tmp_path), Store(tmp_path / "runs")
    made([run], tmp_path)
    settings = (store.path(run) / SETTINGS).read_text()
    for damage in (lambda path: None, lambda path: path.write_text("{"), lambda path: path.mkdir()):
        (store.path(run) / SETTINGS).unlink()
        damage(store.path(run) / SETTINGS)
        assert read_identity(store.path(run)) is None
        made([run], tmp_path)
        assert (store.path(run) / SETTINGS).read_text() == settings
    assert ends(tmp_path / "diary") == [0]


def test_failures_are_listed_at_the_end(tmp_path: Path) -> None:
    few = [*runs(tmp_path), Tiny(7, str(tmp_path / "diary"), fault="raise")]
    with pytest.raises(RunsFailed, match=r"1 runs failed(.|\n)*number 7 does not work"):
        made(few, tmp_path)
    assert ends(tmp_path / "diary") == [0, 1, 2, 3]


def test_a_read_only_store_gives_what_it_has_and_says_that_it_takes_no_more(tmp_path: Path) -> None:
    """As a user who may read the store and not write it."""
    store = tmp_path / "runs"
    few = runs(tmp_path)
    made(few[:3], tmp_path)
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
            whole = [result["square"] for result in made(few[:3], tmp_path)] == [0, 1, 4]
            try:
                made(few, tmp_path)
            except ValueError as error:
                code = 0 if whole and "cannot be written (Permission denied): choose" in str(error) else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    for path in [store, *store.rglob("*")]:
        path.chmod(0o755)


def test_what_another_command_makes_is_waited_for(tmp_path: Path) -> None:
    run = runs(tmp_path)[3]
    folder = Store(tmp_path / "runs").path(run)
    folder.mkdir(parents=True)
    lock = acquire(folder)
    assert lock is not None
    source = (
        "import sys\nfrom pathlib import Path\nfrom tests.sweep.test_make import made, runs\n"
        "path = Path(sys.argv[1])\nprint(made(runs(path)[3:], path)[0]['square'])\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = subprocess.Popen(
        [sys.executable, "-c", source, str(tmp_path)], env=environment, stdout=subprocess.PIPE, text=True
    )
    with lock:
        time.sleep(4)
        assert command.poll() is None
        assert ends(tmp_path / "diary") == []
    assert command.communicate(timeout=60)[0].strip().endswith("9")


def test_ctrl_c_ends_all_processes_and_no_traceback_is_seen(tmp_path: Path) -> None:
    source = (
        "import sys\nfrom pathlib import Path\nfrom tests.sweep.test_make import made, runs\n"
        "path = Path(sys.argv[1])\ntry:\n    made(runs(path, steps=1000, pause=0.1), path)\n"
        "except KeyboardInterrupt:\n    sys.exit(130)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
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
