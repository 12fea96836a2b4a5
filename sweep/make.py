"""Results of runs: those that are missing are made first, wherever the executor says."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from sweep.local import Local
from sweep.run import Run, key, with_needs
from sweep.slurm import Slurm
from sweep.store import Store, require_writable
from sweep.work import Options

# where runs are made
Executor = Local | Slurm
# called with the runs that are missing: a context that shows their progress while they are made
Watch = Callable[[Sequence[Run], Store], AbstractContextManager[object]]


class RunsFailed(Exception):
    """Some runs failed: {name: why}."""

    def __init__(self, failed: dict[str, str]) -> None:
        self.failed = failed
        lines = [f"  {name}: {why}" for name, why in failed.items()]
        super().__init__("\n".join([f"{len(failed)} runs failed:", *lines]))


def unwatched(runs: Sequence[Run], store: Store) -> AbstractContextManager[object]:
    """Show nothing."""
    return nullcontext()


def make_missing(
    runs: Sequence[Run],
    store: Store,
    executor: Executor | None = None,
    options: Options | None = None,
    watch: Watch = unwatched,
) -> list[dict[str, Any]]:
    """The results of all runs, in their order; what is missing is made first, on this machine if nothing else is said.

    A finished run of which a file is damaged or gone counts as missing. Raises RunsFailed where some failed, and
    ValueError, one sentence, where the store or the cluster cannot be used.
    """
    missing = [run for run in runs if store.result(run) is None]
    if missing:
        require_writable(store)
        with watch(missing, store):
            failed = (executor or Local()).make(missing, store, options or Options())
        if failed:
            raise RunsFailed(failed)
    for run in with_needs(runs).values():
        store.repair_settings(run)
    results = [store.result(run) for run in runs]
    vanished = [run for run, result in zip(runs, results, strict=True) if result is None]
    if vanished:
        raise RunsFailed({key(run): "its result vanished" for run in vanished})
    return [result for result in results if result is not None]
