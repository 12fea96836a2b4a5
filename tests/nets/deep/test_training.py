"""Training: its parts one by one, and that it learns what it should."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from nets.deep import training as module
from nets.deep.plane import PlaneTask
from nets.deep.task import Sets, Task
from nets.deep.training import DeepState, DeepTraining, begin, learning_rate, outputs, train
from theory.definitions.task import plane_task

TASK = PlaneTask(replace(plane_task(), width=16, scale=6, gap=2))
TRAINING = DeepTraining("lenet", width=0.5, images=64, validation=64, test=400, epochs=6, batch=16)


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def test_the_learning_rate_falls_along_a_cosine_to_zero() -> None:
    total = TRAINING.epochs * TRAINING.steps
    rates = [learning_rate(TRAINING, step) for step in range(total + 1)]
    assert rates[0] == TRAINING.learning_rate
    assert rates[total // 2] == pytest.approx(TRAINING.learning_rate / 2)
    assert rates[-1] == 0
    assert all(a > b for a, b in pairwise(rates))
    assert learning_rate(replace(TRAINING, schedule="constant"), 17) == TRAINING.learning_rate


def test_the_first_steps_are_those_of_sgd_by_hand() -> None:
    """Momentum on all parameters, weight decay on weights alone."""
    training = replace(TRAINING, epochs=1, weight_decay=0.1, learning_rate=0.3)
    reached = begin(TASK, training)
    sets = TASK.draw(training.images, training.validation, training.test, training.seed)
    order = np.random.default_rng([training.seed, 2, 0]).permutation(training.images)
    parameters = [p.detach().clone() for p in reached.model.parameters()]
    momenta = [torch.zeros_like(p) for p in parameters]
    model = begin(TASK, training).model.train()
    for n in range(training.steps):
        with torch.no_grad():
            for p, value in zip(model.parameters(), parameters, strict=True):
                p.copy_(value)
        batch = sets.split.train[order[n * training.batch : (n + 1) * training.batch]]
        loss = (1 - model(sets.images(batch))[:, 0] * sets.labels(batch)).relu().mean()
        gradients = torch.autograd.grad(loss, list(model.parameters()))
        for value, v, gradient in zip(parameters, momenta, gradients, strict=True):
            v.mul_(training.momentum).add_(gradient + (training.weight_decay * value if value.dim() > 1 else 0))
            value.sub_(learning_rate(training, n) * v)
    trained, _ = train(TASK, training)
    for p, value in zip(trained.parameters(), parameters, strict=True):
        torch.testing.assert_close(p.detach(), value, rtol=1e-4, atol=1e-6)


def test_the_network_kept_is_the_best_on_the_validation_set(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[float, float, int]] = []
    evaluate = module._evaluate

    def spy(task: Task, training: DeepTraining, sets: Sets, state: DeepState) -> None:
        margins = outputs(state.model, sets, sets.split.validation)[:, 0] * sets.labels(sets.split.validation)
        seen.append((float((margins <= 0).double().mean()), float((1 - margins).relu().mean()), state.epoch))
        evaluate(task, training, sets, state)

    monkeypatch.setattr(module, "_evaluate", spy)
    model, result = train(TASK, TRAINING)
    best = min(seen)
    assert (result.validation_error, result.epoch) == (best[0], best[2])
    assert result.validation_loss == pytest.approx(best[1], rel=1e-5)
    sets = TASK.draw(64, 64, 400, 0)
    wrong = TASK.wrong(outputs(model, sets, sets.split.validation), sets.labels(sets.split.validation))
    assert float(wrong.double().mean()) == best[0]
    assert len(seen) == TRAINING.epochs


def test_it_learns_and_untrained_networks_do_not_know() -> None:
    longer = replace(TRAINING, images=512, epochs=25, width=1.0)
    _, result = train(TASK, longer)
    assert result.train_error < 0.1
    assert result.test_error < 0.25
    sets = TASK.draw(512, 64, 400, 0)
    untrained = outputs(begin(TASK, longer).model, sets, sets.split.test)
    assert TASK.wrong(untrained, sets.labels(sets.split.test)).double().mean() > 0.4


def test_dropout_is_seeded_and_the_global_state_left_alone() -> None:
    training = replace(TRAINING, architecture="alexnet", width=0.05, epochs=2)
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    first, second = train(TASK, training)[1], train(TASK, training)[1]
    assert first == second
    assert torch.equal(torch.random.get_rng_state(), before)


def test_a_loss_that_is_not_finite_ends_training() -> None:
    _, result = train(TASK, replace(TRAINING, learning_rate=1e30))
    assert result.status == "diverged"
    assert math.isnan(result.test_error)


def test_mixed_precision_changes_no_result_beyond_the_spread_of_seeds() -> None:
    """Test errors over four seeds; the means differ by less than four standard errors."""
    longer = replace(TRAINING, images=256, epochs=10)
    errors = np.array([
        [train(TASK, replace(longer, seed=seed, precision=precision))[1].test_error for seed in range(4)]
        for precision in ("float32", "mixed")
    ])  # fmt: skip
    assert not np.array_equal(*errors)
    assert abs(errors[0].mean() - errors[1].mean()) < 4 * np.sqrt(errors.var(axis=1, ddof=1).sum() / 4)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"epochs": 0}, "epochs = 0"),
        ({"batch": 65}, "batches of 65"),
        ({"batch": 1}, "batch = 1"),
        ({"learning_rate": -1.0}, "learning_rate = -1"),
        ({"weight_decay": math.nan}, "weight_decay = nan"),
        ({"momentum": 1.0}, "momentum = 1"),
        ({"loss": "square"}, "loss = 'square'"),
        ({"precision": "half"}, "precision = 'half'"),
        ({"optimizer": "lion"}, "optimizer = 'lion'"),
        ({"schedule": "steps"}, "schedule = 'steps'"),
        ({"evaluate_every": 0}, "evaluate_every = 0"),
    ],
)
def test_numbers_that_cannot_be_trained_with_are_one_sentence(change: dict[str, object], named: str) -> None:
    with pytest.raises(ValueError, match=named) as refusal:
        replace(TRAINING, **change)  # type: ignore[arg-type]
    assert "\n" not in str(refusal.value)
