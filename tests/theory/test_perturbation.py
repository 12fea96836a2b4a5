import numpy as np
import pytest

from theory.perturbation import Conventions, move_outcomes
from theory.task import ScaleDetection, paper_task


@pytest.mark.parametrize("move", ["free", "lazy", "guarded"])
def test_outcomes_are_neighbours_with_total_probability_one(move: str) -> None:
    task = paper_task(2)
    outcomes = move_outcomes(task, move)  # type: ignore[arg-type]
    assert sum(p for p, _ in outcomes) == pytest.approx(1)
    here = np.arange(task.pixels)
    for _, there in outcomes:
        ring = np.minimum((there - here) % 128, (here - there) % 128)
        assert ring.max() <= 1


def test_guarded_moves_stay_inside_blocks_and_borders() -> None:
    task = paper_task(2)
    for _, there in move_outcomes(task, "guarded"):
        assert (there // 32 == np.arange(128) // 32).all()
    line = ScaleDetection(1, 32, 11, 4)
    destinations = np.array([there for _, there in move_outcomes(line, "guarded")])
    assert set(destinations[:, 0]) == {0, 1}
    assert set(destinations[:, 31]) == {30, 31}


def test_free_moves_in_two_dimensions_reach_four_neighbours() -> None:
    task = ScaleDetection(1, 6, 2, 1, dim=2)
    destinations = [int(there[0]) for _, there in move_outcomes(task, "free")]
    assert sorted(destinations) == [1, 5, 6, 30]


def test_unknown_conventions_are_refused() -> None:
    with pytest.raises(ValueError, match="noise 'loud' is unknown"):
        Conventions(noise="loud")  # type: ignore[arg-type]
