"""Networks of any filter: on tasks that suit them, trained until decay has left the same share of the start."""

import pytest

from validate.learned.settings import LAST_SIGMA, LearnedSettings, SimpleNetwork


@pytest.mark.parametrize("filter_and_stride", [None, (5, 1), (3, 2), (4, 2)])
def test_every_filter_ends_at_the_same_share_of_its_start(filter_and_stride: tuple[int, int] | None) -> None:
    settings = LearnedSettings((1,), filter=filter_and_stride)
    network = SimpleNetwork(1, "end", settings)
    architecture = network.architecture
    assert (architecture.filter_size, architecture.stride) == (filter_and_stride or (3, 1))
    architecture.widths(network.task.width)
    assert network.predicted_sigma == pytest.approx(LAST_SIGMA, rel=0.02)  # epochs are rounded to tens
    assert network.training.images <= len(network.task.pairs) / 2


def test_stride_equal_to_filter_size_takes_images_of_its_powers() -> None:
    network = SimpleNetwork(2, "end", LearnedSettings((2,), filter=(3, 3)))
    assert (network.task.width, network.architecture.depth, network.name) == (81, 4, "F = 3, s = 3, task 2, H = 128")


@pytest.mark.parametrize(
    ("tasks", "filter_and_stride", "sentence"),
    [
        ((2,), (3, 1), "task 2 needs a stride of 2 or more"),
        ((1,), (1, 1), "F = 1 has one spatial mode"),
        ((1,), (100, 3), "wider than the image"),
        ((1,), (2, 3), "never sees some of the pixels"),
    ],
)
def test_filters_without_a_task_are_refused(
    tasks: tuple[int, ...], filter_and_stride: tuple[int, int], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        LearnedSettings(tasks, filter=filter_and_stride)  # type: ignore[arg-type]
