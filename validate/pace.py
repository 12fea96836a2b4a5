"""How fast a training goes."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from nets.training import Look


@dataclass
class Pace:
    """Steps of SGD, all seeds in one, since the end of the first epoch watched, and the seconds that they took;
    `resumed_from`: the epoch that training went on from, None from the start.
    """

    resumed_from: int | None = None
    steps: int = 0
    seconds: float = 0.0
    started: float | None = None

    @property
    def steps_per_second(self) -> float | None:
        """None before two epochs."""
        return self.steps / self.seconds if self.steps and self.seconds else None

    def watch(self, report: Callable[[Look], None]) -> Callable[[Look], None]:
        """`report`, counted."""

        def look(one: Look) -> None:
            now = time.monotonic()
            if self.started is None:
                self.started = now
            else:
                self.steps, self.seconds = self.steps + one.steps, now - self.started
            report(one)

        return look
