"""Passing over idle steps against the plain loop, step by step."""

import math
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from nets.checkpoint import settings_of
from nets.simple import descent, epochs, idle_steps, margins
from nets.simple.network import SimpleCNNs, initialize
from nets.simple.patches import distinct_patches, plan_batches
from nets.simple.seed_result import SeedResult
from nets.simple.state import read_state, write_state
from nets.simple.training import State, Training, begin, train
from theory.definitions.architecture import Architecture, paper_architecture
from theory.definitions.task import ScaleDetection, paper_task

TASKS = {1: (paper_task(1), paper_architecture(1)), 2: (ScaleDetection(2, 32, 8), Architecture(2, 2, 5))}
TRAININGS = {
    1: Training(8, (1,), 48, epochs=250, patience=None),
    2: Training(
        16, (0,), 192, validation=32, learning_rate=0.02, ridge=0.02, epochs=150, patience=None, evaluate_every=5
    ),
}
ROUNDING = 1e-12  # float64, thousands of steps; values of order 1
Parameters = dict[str, torch.Tensor]


def run(kind: int, settings: Training, pass_idle: bool = True, **change: object) -> tuple[SimpleCNNs, list[SeedResult]]:
    """Networks and seed_results of a training in float64."""
    state = begin(*TASKS[kind], settings)
    state.networks = state.networks.to(torch.float64)
    return train(*TASKS[kind], settings, state=state, pass_idle=pass_idle, **change)[1:]  # type: ignore[arg-type]


def active_steps(
    kind: int, settings: Training, pass_idle: bool, monkeypatch: pytest.MonkeyPatch
) -> tuple[dict[int, Parameters], list[SeedResult]]:
    """{active step: parameters after it} of a training of one seed, and its seed_result."""
    active: dict[int, Parameters] = {}
    done = 0
    step, advance, take = descent.step, idle_steps.advance, idle_steps._Search._take

    def parameters(network: SimpleCNNs, scale: float) -> Parameters:
        return {name: t * (scale if name in ("first", "hidden") else 1) for name, t in network.tensors().items()}

    def recorded_step(*arguments: object) -> list[int]:
        nonlocal done
        places = step(*arguments)  # type: ignore[arg-type]
        if places:
            active[done] = parameters(arguments[0], 1.0)  # type: ignore[arg-type]
        done += 1
        return places

    def recorded_take(search: idle_steps._Search, step: int, violated: np.ndarray) -> None:
        take(search, step, violated)
        active[done + step] = parameters(search.network, float(search.window.scales[step + 1]))

    def recorded_advance(*arguments: object) -> tuple[margins.Margins, int]:
        nonlocal done
        result = advance(*arguments)  # type: ignore[arg-type]
        done += len(arguments[2].batches)  # type: ignore[attr-defined]
        return result

    with monkeypatch.context() as patched:
        patched.setattr(epochs, "step", recorded_step)
        patched.setattr(idle_steps._Search, "_take", recorded_take)
        patched.setattr(idle_steps, "advance", recorded_advance)
        return active, run(kind, settings, pass_idle)[1]


def assert_same(seed_results: list[SeedResult], others: list[SeedResult]) -> None:
    """All they say, the losses to rounding."""
    for seed_result, other in zip(seed_results, others, strict=True):
        assert asdict(replace(seed_result, loss=0)) == asdict(replace(other, loss=0))
        assert seed_result.loss == pytest.approx(other.loss, abs=ROUNDING, nan_ok=True)


@pytest.mark.parametrize("kind", [1, 2])
def test_active_steps_and_networks_are_those_of_the_plain_loop(kind: int, monkeypatch: pytest.MonkeyPatch) -> None:
    passed, seed_results = active_steps(kind, TRAININGS[kind], True, monkeypatch)
    plain, expected = active_steps(kind, TRAININGS[kind], False, monkeypatch)
    assert list(passed) == list(plain)
    after = [step for step in plain if step > (seed_results[0].interpolated or math.inf) * len(plain) / 250]
    assert len(after) > 10  # some of them in the ridge phase
    assert_same(seed_results, expected)
    for step, parameters in plain.items():
        for name, tensor in parameters.items():
            torch.testing.assert_close(passed[step][name], tensor, rtol=ROUNDING, atol=ROUNDING)


def test_a_speed_too_low_would_be_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: without a speed, and without holding margins to it, active steps are missed."""
    plain = active_steps(2, TRAININGS[2], False, monkeypatch)[0]
    monkeypatch.setattr(margins, "SAFETY", 0.0)
    monkeypatch.setattr(margins.Margins, "too_slow", False)
    assert list(active_steps(2, TRAININGS[2], True, monkeypatch)[0]) != list(plain)


def test_all_that_a_low_speed_passed_over_is_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every window begins with a speed a thousand times too low."""
    expected, seed_results = run(2, TRAININGS[2])
    next_window = margins.Margins.next_window

    def slow(before: margins.Margins) -> margins.Margins:
        following = next_window(before)
        return replace(following, speed=1e-3 * (following.speed or 0.0))

    monkeypatch.setattr(margins.Margins, "next_window", slow)
    after, others = run(2, TRAININGS[2])
    assert_same(seed_results, others)
    for name, tensor in after.tensors().items():
        torch.testing.assert_close(tensor, expected.tensors()[name], rtol=ROUNDING, atol=ROUNDING)


@pytest.mark.parametrize(("kind", "fewer"), [(1, 10), (2, 3)])  # 1 and 7 % of these steps are active
def test_few_forward_passes(kind: int, fewer: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the ridge phase, evaluations included, against the steps."""
    settings = TRAININGS[kind]
    passes, at_start = 0, 0

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def count(*arguments: Any) -> Any:
            nonlocal passes
            passes += 1
            return function(*arguments)

        return count

    def keep(state: State) -> None:
        nonlocal at_start
        if state.epoch == 100:
            at_start = passes

    monkeypatch.setattr(descent, "outputs", counted(descent.outputs))
    monkeypatch.setattr(idle_steps, "scaled_outputs", counted(descent.scaled_outputs))
    run(kind, settings, keep=keep)
    steps = ((settings.epochs or 0) - 100) * (settings.images // 8)
    assert passes - at_start < steps / fewer


def test_seeds_of_a_group_have_their_own_steps_and_stop_rule() -> None:
    settings = replace(TRAININGS[2], seeds=(0, 1, 2), epochs=None, patience=3)
    passed, seed_results = run(2, settings)
    plain, expected = run(2, settings, pass_idle=False)
    assert_same(seed_results, expected)
    assert len({seed_result.epochs for seed_result in seed_results}) > 1
    for name, tensor in plain.tensors().items():
        torch.testing.assert_close(passed.tensors()[name], tensor, rtol=ROUNDING, atol=ROUNDING)


@pytest.mark.parametrize(
    "change",
    [
        {"ridge": 0.0},  # nothing decays, and margins do not fall
        {"ridge": 1e-9},
        {"ridge": 20.0, "learning_rate": 0.01},  # the networks die
        {"learning_rate": 1e4},  # they diverge
        {"cooldown": 0.5},
        {"evaluate_every": 7, "epochs": 60},  # the last window is shorter
        {"batch": None, "epochs": 60},
        {"batch": 7, "epochs": 60},  # a rest is left out
    ],
)
def test_no_special_cases(change: dict[str, Any]) -> None:
    settings = replace(TRAININGS[2], **{"epochs": 80, **change})
    passed, seed_results = run(2, settings)
    plain, expected = run(2, settings, pass_idle=False)
    assert_same(seed_results, expected)
    for name, tensor in plain.tensors().items():
        torch.testing.assert_close(passed.tensors()[name], tensor, rtol=ROUNDING, atol=ROUNDING, equal_nan=True)


def test_nan_after_interpolation_ends_the_seed_at_the_next_evaluation() -> None:
    def spoil(state: State) -> None:
        if state.epoch == 80:
            state.networks.offset.fill_(math.nan)

    settings = TRAININGS[2]
    seed_results = [run(2, settings, pass_idle, keep=spoil)[1][0] for pass_idle in (True, False)]
    assert_same(seed_results[:1], seed_results[1:])
    assert (seed_results[0].status, seed_results[0].epochs) == ("diverged", 85)


def test_killed_inside_a_jump_it_goes_on_to_the_bit(tmp_path: Path) -> None:
    settings = TRAININGS[1]
    bound = settings_of(task=TASKS[1][0], architecture=TASKS[1][1], training=settings)
    idle_evaluations, last = [], [0]

    def keep(state: State) -> None:
        write_state(tmp_path / f"{state.epoch}.safetensors", bound, state)
        if state.seed_results[0].active == last[0] and state.speeds[0]:
            idle_evaluations.append(state.epoch)
        last[0] = state.seed_results[0].active

    whole, seed_results = train(*TASKS[1], settings, keep=keep, pass_idle=True)[1:]
    assert len(idle_evaluations) > 3
    for epoch in idle_evaluations[::3]:
        after, others = train(
            *TASKS[1], settings, state=read_state(tmp_path / f"{epoch}.safetensors", bound), pass_idle=True
        )[1:]
        assert others == seed_results
        assert all(torch.equal(tensor, whole.tensors()[name]) for name, tensor in after.tensors().items())


@examples(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.1, 1))
def test_outputs_at_several_scales_are_those_of_scaled_networks(seed: int, factor: float) -> None:
    task, architecture = TASKS[2]
    network = initialize(architecture, 4, [seed]).to(torch.float64)
    patches = distinct_patches(architecture, task.active(task.pairs))
    batches = np.random.default_rng(seed).integers(len(task.pairs), size=(1, 2, 5))
    (plan,) = plan_batches(patches, batches, task.amplitude, dtype=torch.float64)
    scaled = descent.scaled_outputs(network, plan, torch.tensor([1.0, factor], dtype=torch.float64))
    for n, scale in enumerate((1.0, factor)):
        (alone,) = plan_batches(patches, batches[:, [n]], task.amplitude, dtype=torch.float64)
        torch.testing.assert_close(scaled[[n]], descent.outputs(network, alone, scale)[0])


def test_proved_speeds_alone_give_the_plain_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = replace(TRAININGS[2], epochs=100)
    plain, expected = active_steps(2, settings, False, monkeypatch)
    monkeypatch.setattr(margins, "PROVED_OVER_MEASURED", math.inf)
    passed, seed_results = active_steps(2, settings, True, monkeypatch)
    assert list(passed) == list(plain)
    assert_same(seed_results, expected)
