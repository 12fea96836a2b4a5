"""Translations of whole images: linear networks are the operator's, and the three parts are sides of a triangle."""

import numpy as np
import pytest
import torch

from nets.simple.network import SimpleCNNs, initialize
from nets.simple.translation import measure_translation
from simulate.transport import translation_split
from theory.definitions.architecture import Architecture
from theory.definitions.stack import box
from theory.definitions.task import ScaleDetection

TASK, ARCHITECTURE = ScaleDetection(2, 32, 8), Architecture(3, 2, 3)


def homogeneous() -> SimpleCNNs:
    """One channel, filters of ones, no bias: what the rectifiers pass unchanged."""
    networks = initialize(ARCHITECTURE, 1, [0])
    for tensor in (networks.first, networks.hidden):
        tensor.fill_(1.0)
    networks.bias.zero_()
    return networks


def test_homogeneous_network_is_the_operator() -> None:
    measured = measure_translation(homogeneous(), TASK, ARCHITECTURE)
    expected = translation_split((box(3, 2),) * 3, TASK.amplitude * TASK.active(TASK.pairs), TASK.weights)
    for part in ("D", "moved", "lost"):
        np.testing.assert_allclose(getattr(measured, part)[0], getattr(expected, part), rtol=1e-5)


def test_parts_of_any_network_are_sides_of_a_triangle(monkeypatch: pytest.MonkeyPatch) -> None:
    networks = initialize(ARCHITECTURE, 8, [0, 1])
    measured = measure_translation(networks, TASK, ARCHITECTURE)
    assert measured.D.shape == (2, 3)
    assert np.all(np.abs(np.sqrt(measured.D) - np.sqrt(measured.lost)) <= np.sqrt(measured.moved))
    monkeypatch.setattr("nets.simple.translation.CHUNK", 2**12)  # images in parts: the same
    again = measure_translation(networks, TASK, ARCHITECTURE)
    np.testing.assert_allclose(again.lost, measured.lost, rtol=1e-10)
    torch.testing.assert_close(networks.first, initialize(ARCHITECTURE, 8, [0, 1]).first)
