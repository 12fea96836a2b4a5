"""Reports of a training of simple CNNs."""

import time
from collections.abc import Callable

import numpy as np

from nets.simple.training import TrainingProgress


class Pace:
    """Reports of a training, at most twice a second, and its steps per second since the end of the first epoch."""

    def __init__(self, report: Callable[[str, float | None], None]) -> None:
        self._report, self._steps, self._seconds = report, 0, 0.0
        self._started: float | None = None
        self._reported = -1.0

    @property
    def steps_per_second(self) -> float | None:
        """All seeds in one step; None before two epochs."""
        return self._steps / self._seconds if self._steps and self._seconds else None

    def __call__(self, progress: TrainingProgress) -> None:
        now = time.monotonic()
        if self._started is None:
            self._started = now
        else:
            self._steps, self._seconds = self._steps + progress.steps, now - self._started
        if now - self._reported > 0.5:
            self._reported = now
            rate = self.steps_per_second
            left = (progress.end - progress.epoch) * progress.steps / rate if progress.end and rate else None
            self._report(self._describe(progress), left)

    def _describe(self, progress: TrainingProgress) -> str:
        """Epoch, phase, when each seed first interpolated, mean hinge loss and validation error, steps per second."""
        training = [progress.seed_results[n] for n in progress.running] or progress.seed_results
        first = [seed_result.interpolated for seed_result in progress.seed_results]
        phase = "interpolating" if None in first else "ridge phase"
        epochs = " ".join("–" if epoch is None else str(epoch) for epoch in first)
        loss, error = (
            np.mean([getattr(seed_result, name) for seed_result in training]) for name in ("loss", "validation_error")
        )
        at_last_evaluation = f", loss {loss:.0e}, error {error:.3f}" if training[0].epochs else ""
        end = f"/{progress.end}" if progress.end else ""
        rate = f", {self.steps_per_second:.0f} steps/s" if self.steps_per_second else ""
        return f"epoch {progress.epoch}{end}: {phase}, first interpolated at {epochs}{at_last_evaluation}{rate}"
