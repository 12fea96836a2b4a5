import numpy as np
import pytest

from theory.definitions.architecture import Architecture, paper_architecture


def test_patches_of_the_paper() -> None:
    assert Architecture(3, 1, 1).offsets.tolist() == [-1, 0, 1]  # Eq. 13
    assert Architecture(4, 1, 1).offsets.tolist() == [-2, -1, 0, 1]  # Eq. 14
    assert Architecture(4, 1, 1, padding="right").offsets.tolist() == [-1, 0, 1, 2]
    assert Architecture(2, 2, 1).patches(6).tolist() == [[0, 1], [2, 3], [4, 5]]


def test_patches_in_two_dimensions_are_squares() -> None:
    patches = Architecture(2, 2, 1).patches(4, dim=2)
    assert patches.shape == (4, 4)
    assert sorted(patches[0].tolist()) == [0, 1, 4, 5]
    image = np.arange(25)
    centred = Architecture(3, 1, 1).patches(5, dim=2)
    rolled = np.sum([np.roll(image.reshape(5, 5), (i, j), (0, 1)) for i in (-1, 0, 1) for j in (-1, 0, 1)], axis=0)
    assert image[centred].sum(axis=1).tolist() == rolled.ravel().tolist()


def test_widths() -> None:
    assert paper_architecture(2).widths(128) == [128, 64, 32, 16, 8, 4, 2, 1]
    assert paper_architecture(1).widths(32) == [32] * 13


@pytest.mark.parametrize(
    ("build", "named"),
    [
        (lambda: Architecture(0, 1, 1), "filter_size = 0"),
        (lambda: Architecture(3, 4, 1), "stride 4"),
        (lambda: Architecture(3, 2, 4).widths(24), "not divisible by s\\^depth"),
        (lambda: Architecture(3, 1, 0), "depth = 0"),
        (lambda: Architecture(3, 1, 1, padding="both"), "padding"),  # type: ignore[arg-type]
        (lambda: Architecture(40, 1, 1).widths(32), "wider than the image"),
        (lambda: Architecture(2, 2, 8).widths(128), "not divisible by F\\^depth"),
    ],
)
def test_impossible_stacks_are_refused(build, named: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=named):
        build()
