import numpy as np
import pytest

from simulate import lattice
from simulate.sensitivity import one_pixel_sensitivities
from theory.definitions.architecture import Architecture

LAYERS = np.array([1, 2, 3, 5])


@pytest.mark.parametrize(("size", "width"), [(2, 17), (3, 16), (4, 16), (5, 30)])
def test_one_dimension_is_the_ring(size: int, width: int) -> None:
    architecture = Architecture(size, 1, 1)
    torus, ring = (
        lattice.lattice_sensitivities(architecture, width, 1, LAYERS),
        one_pixel_sensitivities(architecture, width, LAYERS),
    )
    np.testing.assert_allclose(torus.D, ring.D, rtol=1e-12)
    np.testing.assert_allclose(torus.G, ring.G, rtol=1e-12)


@pytest.mark.parametrize(("architecture", "width"), [(Architecture(2, 2, 1), 32), (Architecture(3, 3, 1), 27)])
def test_one_dimension_is_the_strided_ring(architecture: Architecture, width: int) -> None:
    layers = LAYERS[:2]
    torus, ring = (
        lattice.lattice_sensitivities(architecture, width, 1, layers),
        one_pixel_sensitivities(architecture, width, layers),
    )
    for name in ("D", "G", "receptive_field"):
        np.testing.assert_allclose(getattr(torus, name), getattr(ring, name), rtol=1e-12)


@pytest.mark.parametrize("dim", [2, 3])
def test_one_layer_by_hand(dim: int) -> None:
    """F = 3: a displaced cube of 3^d pixels leaves 2·3^{d−1} of them different, D = 2/3 in any dimension."""
    torus = lattice.lattice_sensitivities(Architecture(3, 1, 1), 9, dim, np.array([1]))
    assert torus.D[0] == pytest.approx(2 / 3, rel=1e-12)
    assert torus.G[0] == pytest.approx(3**dim / np.pi + 1 - 1 / np.pi, rel=1e-12)
    assert torus.receptive_field[0] == pytest.approx(np.sqrt(2 / 3), rel=1e-12)


def test_noise_by_sampling() -> None:
    """G_k with rectified noise drawn on an 8 × 8 torus, N σ² = 2, F = s = 2."""
    rng = np.random.default_rng(0)
    noise = np.maximum(rng.normal(size=(20_000, 8, 8)) * np.sqrt(2 / 64), 0)
    pooled = noise.reshape(-1, 4, 2, 4, 2).mean(axis=(2, 4))
    samples = (pooled**2).sum(axis=(1, 2)) / (1 / 16)
    torus = lattice.lattice_sensitivities(Architecture(2, 2, 1), 8, 2, np.array([1])).G[0]
    assert torus == pytest.approx(samples.mean(), abs=4 * samples.std() / np.sqrt(len(samples)))


def test_blocks_that_do_not_tile_are_refused() -> None:
    with pytest.raises(ValueError, match="do not tile"):
        lattice.lattice_sensitivities(Architecture(2, 2, 1), 12, 2, np.array([3]))
