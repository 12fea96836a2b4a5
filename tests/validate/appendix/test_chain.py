from collections.abc import Callable
from typing import Any

import pytest
import sympy as sp

from simulate import exact
from theory import printed, random_walk
from theory.definitions.architecture import Architecture
from validate.appendix import chain, coefficients


@pytest.mark.parametrize("size", [2, 3, 6, 9])
def test_every_step_holds_and_refuses_its_rival(size: int) -> None:
    steps = chain.steps(size)
    assert len({step.name for step in steps}) == 6
    for step in steps:
        assert step.holds, step
        assert step.refused, step


def test_steps_notice_a_wrong_operator(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel with one count misplaced fails the steps that use it."""
    right = exact.kernel

    def wrong(architecture: Architecture, width: int, layer: int) -> list[int]:
        counts = right(architecture, width, layer)
        return [counts[0] - 1, counts[1] + 1, *counts[2:]]

    monkeypatch.setattr(exact, "kernel", wrong)
    assert not chain.master_equation(3).holds
    assert not chain.conservation(3).holds
    assert not chain.kramers_moyal(3).holds


def test_steps_notice_wrong_coefficients(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random_walk, "diffusion", printed.diffusion)
    monkeypatch.setattr(
        random_walk, "kramers_moyal", lambda n, kind: printed.diffusion(kind) if n == 2 else sp.Integer(0)
    )
    assert not chain.kramers_moyal(3).holds


@pytest.mark.parametrize("wrong", ["apply_adjoint", "parseval"])
def test_conservation_is_each_of_its_equations(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An adjoint of one layer more, and a sum over modes that is off by one."""
    right = getattr(exact, wrong)
    replacements: dict[str, Callable[..., Any]] = {
        "apply_adjoint": lambda architecture, y, k: right(architecture, y, k + 1),
        "parseval": lambda *ring: (right(*ring)[0], right(*ring)[1] + 1),
    }
    monkeypatch.setattr(exact, wrong, replacements[wrong])
    assert not chain.conservation(3).holds


@pytest.mark.parametrize("size", [2, 5])
def test_coefficients_of_the_lattice_are_those_of_one_layer(size: int) -> None:
    assert coefficients.lattice_coefficients(size, layer=1) == coefficients.lattice_coefficients(size, layer=7)
