"""What one active pixel does, written out step by step."""

from fractions import Fraction
from typing import get_args

import numpy as np
import pytest

from theory.definitions.perturbation import Conventions, Move, equal_steps, move_outcomes
from theory.definitions.task import ScaleDetection, paper_task

AXES = [(-1, 0), (1, 0), (0, -1), (0, 1)]
DIAGONALS = [(-1, -1), (-1, 1), (1, -1), (1, 1)]
Steps = dict[tuple[int, ...], Fraction]
FOURTHS: Steps = dict.fromkeys(AXES, Fraction(1, 4))
FIFTHS: Steps = dict.fromkeys([*AXES, (0, 0)], Fraction(1, 5))
ROUNDED: Steps = {**dict.fromkeys(AXES, Fraction(1, 6)), **dict.fromkeys(DIAGONALS, Fraction(1, 12))}
# {(move, dim): {step: probability}}
STEPS: dict[tuple[Move, int], Steps] = {
    ("free", 1): {(-1,): Fraction(1, 2), (1,): Fraction(1, 2)},
    ("lazy", 1): {(-1,): Fraction(1, 3), (0,): Fraction(1, 3), (1,): Fraction(1, 3)},
    ("guarded", 1): {(-1,): Fraction(1, 2), (1,): Fraction(1, 2)},
    ("rounded", 1): {(-1,): Fraction(1, 2), (1,): Fraction(1, 2)},
    ("free", 2): FOURTHS,
    ("lazy", 2): FIFTHS,
    ("guarded", 2): FOURTHS,
    ("rounded", 2): ROUNDED,
}


def test_every_move_is_in_the_table() -> None:
    assert {move for move, _ in STEPS} == set(get_args(Move))


@pytest.mark.parametrize(("move", "dim"), STEPS)
def test_each_step_has_its_probability(move: Move, dim: int) -> None:
    steps = equal_steps(move, dim)
    shares = {step: Fraction(steps.count(step), len(steps)) for step in steps}
    assert shares == STEPS[move, dim]


@pytest.mark.parametrize(("move", "dim"), STEPS)
def test_pixels_go_where_their_steps_lead(move: Move, dim: int) -> None:
    """From a pixel inside, and from two corners, where a torus goes around and a guarded step is undone."""
    task = ScaleDetection(1, 6, 2, 1, dim=dim)
    for place in ((2,) * dim, (0,) * dim, (5,) * dim):
        expected: dict[tuple[int, ...], float] = {}
        for step, probability in STEPS[move, dim].items():
            target = tuple(a + b for a, b in zip(place, step, strict=True))
            undone = move == "guarded" and not 0 <= min(target) <= max(target) < 6
            target = place if undone else tuple(a % 6 for a in target)
            expected[target] = expected.get(target, 0) + float(probability)
        reached: dict[tuple[int, ...], float] = {}
        for share, destination in move_outcomes(task, move):
            flat = destination[np.ravel_multi_index(place, (6,) * dim)]
            target = tuple(int(a) for a in np.unravel_index(flat, (6,) * dim))
            reached[target] = reached.get(target, 0) + share
        assert reached == pytest.approx(expected, rel=1e-15)


def test_rounded_steps_are_those_of_a_random_unit_vector() -> None:
    """cos θ rounds to ±1 where |cos θ| > 1/2: all limits are multiples of 30°, so that each of 12 equal arcs has one
    step, that of its middle.
    """
    middles = np.deg2rad(15 + 30 * np.arange(12))
    steps = [tuple(int(x) for x in np.rint([np.cos(angle), np.sin(angle)])) for angle in middles]
    assert {step: Fraction(steps.count(step), 12) for step in steps} == ROUNDED
    assert sum(ROUNDED[step] for step in DIAGONALS) == Fraction(1, 3)
    # and so says a sum over the circle that knows nothing of arcs
    angles = (np.arange(200_000) + 0.5) * 2 * np.pi / 200_000
    down, right = np.rint([np.sin(angles), np.cos(angles)])
    diagonal = np.mean((down != 0) & (right != 0))
    # the 8 limits of diagonal arcs are off by up to a grid step each
    assert diagonal == pytest.approx(1 / 3, abs=8 / 200_000)
    assert not np.any((down == 0) & (right == 0))


def test_guarded_moves_stay_inside_blocks() -> None:
    task = paper_task(2)
    for _, destination in move_outcomes(task, "guarded"):
        assert (destination // 32 == np.arange(128) // 32).all()
    # at a block's border one of two steps is undone; inside none is
    destinations = [destination for _, destination in move_outcomes(task, "guarded")]
    assert sorted(int(destination[32]) for destination in destinations) == [32, 33]
    assert sorted(int(destination[40]) for destination in destinations) == [39, 41]


def test_rounded_moves_are_of_a_line_or_a_plane() -> None:
    with pytest.raises(ValueError, match="not of dimension 3"):
        equal_steps("rounded", 3)


def test_unknown_conventions_are_refused() -> None:
    with pytest.raises(ValueError, match="noise = 'loud' is unknown"):
        Conventions(noise="loud")  # type: ignore[arg-type]
