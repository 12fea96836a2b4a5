"""No output moves faster than is proved, and where filters have rank one hardly slower."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nets.simple.descent import outputs, scaled_outputs
from nets.simple.lipschitz import HORIZON, norms, outputs_and_speeds
from nets.simple.network import SimpleCNNs, initialize
from nets.simple.patches import BatchPlan, distinct_patches, plan_batches
from theory.definitions.architecture import Architecture
from theory.definitions.task import ScaleDetection

SHAPES = {1: (ScaleDetection(1, 16, 5, 2), Architecture(3, 1, 4)), 2: (ScaleDetection(2, 32, 8), Architecture(2, 2, 5))}


def case(kind: int, seed: int) -> tuple[SimpleCNNs, BatchPlan]:
    task, architecture = SHAPES[kind]
    network = initialize(architecture, 6, [seed]).to(torch.float64)
    patches = distinct_patches(architecture, task.active(task.pairs))
    images = np.random.default_rng(seed).integers(len(task.pairs), size=(1, 1, 9))
    return network, plan_batches(patches, images, task.amplitude, dtype=torch.float64)[0]


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([1, 2]), st.integers(0, 10**6), st.floats(0.1, 1), st.floats(0, 1), st.floats(0, 1))
def test_no_output_moves_faster(kind: int, seed: int, scale: float, first: float, second: float) -> None:
    network, plan = case(kind, seed)
    computed, speeds = outputs_and_speeds(network, plan, scale, norms(network))
    torch.testing.assert_close(computed, outputs(network, plan, scale)[0][0])
    tau = HORIZON * torch.tensor([first, second], dtype=torch.float64)
    ends = [scaled_outputs(network, plan, scale * torch.exp(-t)[None])[0] for t in tau]
    # rounding of outputs of order 10
    assert ((ends[1] - ends[0]).abs() <= speeds * (tau[1] - tau[0]).abs() + 1e-13).all()


@pytest.mark.parametrize("channels", [1, 6])
def test_the_bound_is_reached_by_positive_filters_of_rank_one(channels: int) -> None:
    """All filters 1, no biases: the output is t^K times a constant, which falls K times as fast as it is large."""
    task, architecture = SHAPES[2]
    network = initialize(architecture, channels, [0]).to(torch.float64)
    for name, tensor in network.tensors().items():
        tensor.fill_(0.0 if name in ("bias", "offset") else 1.0)
    patches = distinct_patches(architecture, task.active(task.pairs))
    (plan,) = plan_batches(patches, np.arange(9)[None, None], task.amplitude, dtype=torch.float64)
    computed, speeds = outputs_and_speeds(network, plan, 1.0, norms(network))
    ratio = speeds / (architecture.depth * computed)
    # patches that hold one active pixel are not along the filter: at most √F a layer
    assert (ratio >= 1).all()
    assert (ratio <= math.sqrt(2) ** architecture.depth * (1 + HORIZON) ** (architecture.depth - 1)).all()
