"""The search for the solution of minimal norm, where the solution is known."""

import numpy as np
import pytest
import torch

from nets.simple.minimal_norm import minimal_norm
from nets.simple.network import SimpleCNNs, representations
from nets.simple.patches import distinct_patches
from nets.simple.training import Training, train
from theory.definitions.architecture import Architecture
from theory.definitions.task import ScaleDetection

# 1 + 2 + 3 + 4 pairs of the ring's 16 pixels are near: one constraint for each distance
TASK, ARCHITECTURE = ScaleDetection(1, 16, 5, gap=2), Architecture(3, 1, 3)
TRAINING = Training(
    8, (0, 1), 24, learning_rate=0.01, ridge=0.05, batch=None, epochs=2000, patience=None, evaluate_every=100
)


@pytest.fixture(scope="module")
def trained() -> SimpleCNNs:
    networks, seed_results = train(TASK, ARCHITECTURE, TRAINING)[1:]
    assert all(seed_result.learned for seed_result in seed_results)
    return networks


def search(network: SimpleCNNs, rounds: int = 8) -> tuple[SimpleCNNs, float, float]:
    images = np.arange(0, len(TASK.pairs), 3)
    patches = distinct_patches(ARCHITECTURE, TASK.active(TASK.pairs[images]))
    after, solution = minimal_norm(network, patches, TASK.amplitude, TASK.labels[images], rounds)
    return after, solution.norm, solution.violation


def margins(network: SimpleCNNs) -> np.ndarray:
    """(P,) y f(x) of all images, from the images themselves."""
    images = torch.as_tensor(TASK.amplitude * TASK.active(TASK.pairs), dtype=torch.float32)
    last = representations(network, ARCHITECTURE, images)[-1]
    output = (last.mean(2) @ network.readout / network.channels + network.offset)[0, :, 0]
    return np.asarray(output.numpy() * TASK.labels)


def test_the_norm_falls_and_the_margins_stay(trained: SimpleCNNs) -> None:
    network = trained.select([0])
    before = float((network.first.square().sum() + network.hidden.square().sum()) / (8 * 3))
    after, norm, violation = search(network)
    assert norm < before
    assert violation < 0.02
    # all images of a distance are one constraint, so that the violation is that of every image
    assert margins(after).min() > 1 - violation - 1e-4


def test_at_the_end_every_layer_has_the_same_norm(trained: SimpleCNNs) -> None:
    """Of minimal norm: a factor moved from one layer's filters and biases to the next changes no output, so that the
    norms of the layers that are scaled against each other are equal, up to the biases, which are free.
    """
    after, *_ = search(trained.select([0]), rounds=12)
    squares = [float(after.filters(k).double().square().sum()) for k in (1, 2, 3)]
    assert max(squares) / min(squares) < 1.02
    start = [float(trained.filters(k)[0].double().square().sum()) for k in (1, 2, 3)]
    assert max(start) / min(start) > 1.05


def test_it_is_part_of_a_training_and_changes_nothing_else() -> None:
    plain = train(TASK, ARCHITECTURE, TRAINING)
    searched = train(TASK, ARCHITECTURE, Training(**{**vars(TRAINING), "minimal_norm": 2}))
    assert torch.equal(plain[0].hidden, searched[0].hidden)
    for before, after in zip(plain[2], searched[2], strict=True):
        assert (before.interpolated, before.epochs) == (after.interpolated, after.epochs)
        assert before.norm is None
        assert (after.norm or 0) > 0
        assert after.train_error == 0


def test_a_stop_rule_cannot_be_followed_by_it() -> None:
    with pytest.raises(ValueError, match="fixed number of epochs"):
        Training(8, (0,), 24, epochs=None, minimal_norm=3)
