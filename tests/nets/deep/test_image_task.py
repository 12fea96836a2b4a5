"""Real images as a task: sets, augmentation, noise, and that networks learn them."""

import pickle
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from nets.deep.image_sets import Augmentation, ImageSets, Noise, augmented
from nets.deep.image_task import ImageTask, image_task
from nets.deep.state import read_deep_state, write_deep_state
from nets.deep.training import DeepState, DeepTraining, train
from nets.images.registry import Source
from tests.nets.images.formats import idx_arrays, write_idx

STILL = Augmentation()
TRAINING = DeepTraining("fc2", images=40, validation=20, test=40, epochs=4, batch=20, loss="cross-entropy")


@pytest.fixture
def task(tmp_path: Path) -> ImageTask:
    return image_task("idx", Source(write_idx(tmp_path / "data", idx_arrays())), 16, STILL)


def sets_of(task: ImageTask, seed: int = 0, train: int = 40) -> ImageSets:
    return task.draw(train, 20, 40, seed)


def with_noise(task: ImageTask, **settings: object) -> ImageTask:
    return replace(task, noise=Noise(**settings)).at(task.source)  # type: ignore[arg-type]


def test_the_content_names_the_task_and_the_place_does_not(task: ImageTask, tmp_path: Path) -> None:
    other = image_task("idx", Source(write_idx(tmp_path / "elsewhere", idx_arrays(), zipped=False)), 16, STILL)
    assert other == task
    assert str(tmp_path) not in str(asdict(task))
    assert pickle.loads(pickle.dumps(task)).source == task.source
    larger = image_task("idx", task.source, 28, STILL)
    assert larger.digest != task.digest


def test_sets_are_disjoint_seeded_and_the_test_set_is_the_data_set_s(task: ImageTask) -> None:
    split, same, other = (sets_of(task, seed).split for seed in (1, 1, 2))
    assert len(np.unique(np.concatenate([split.train, split.validation]))) == 60
    assert max(split.train.max(), split.validation.max()) < 60
    assert sorted(split.test) == list(range(60, 100))
    assert np.array_equal(split.train, same.train)
    assert not np.array_equal(split.train, other.train)


def test_values_are_normalised_by_the_training_set(task: ImageTask) -> None:
    sets = sets_of(task)
    images = sets.images(sets.split.train)
    assert images.dtype == torch.float32
    assert float(images.mean()) == pytest.approx(0, abs=1e-6)
    assert float(images.var(correction=0)) == pytest.approx(1, rel=1e-5)
    assert abs(float(sets.images(sets.split.test).mean())) > 1e-4


def test_augmentation_moves_and_mirrors_each_image_by_itself() -> None:
    """Every shift and mirror image occurs, as often as chance has it, and nothing else."""
    image = np.arange(1, 17, dtype=np.uint8).reshape(1, 4, 4)
    draws = np.random.default_rng(0)
    moved = augmented(np.repeat(image[None], 5000, axis=0), Augmentation(1, True), draws)
    framed = np.pad(image[0], 2)
    possible = []
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            shifted = framed[2 - down : 6 - down, 2 - right : 6 - right]
            possible += [shifted, np.pad(image[0, :, ::-1], 2)[2 - down : 6 - down, 2 - right : 6 - right]]
    counts = [(moved[:, 0] == each).all((1, 2)).sum() for each in possible]
    assert sum(counts) == 5000
    expected = 5000 / 18
    assert sum((count - expected) ** 2 / expected for count in counts) / 17 < 1 + 5 * np.sqrt(2 / 17)
    assert np.array_equal(augmented(moved, STILL, draws), moved)


def test_training_images_are_another_variation_in_each_epoch(task: ImageTask) -> None:
    moving = image_task("idx", task.source, 16, Augmentation(2))
    sets = sets_of(moving)
    items = sets.split.train[:10]
    first, again, later = (sets.training_images(items, epoch) for epoch in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, later)
    assert torch.equal(sets.evaluated_images(items), sets.images(items))


def noise_of(sets: ImageSets, items: np.ndarray, epoch: int) -> Tensor:
    return sets.training_images(items, epoch) - sets.images(items)


@pytest.mark.parametrize("drawn", ["once", "anew"])
def test_noise_has_its_norm_and_is_drawn_as_named(task: ImageTask, drawn: str) -> None:
    """E‖η‖² = norm², to 5 standard errors √(2/(nN))."""
    sets = sets_of(with_noise(task, norm=3.0, drawn=drawn))
    items = sets.split.train
    first, later = (noise_of(sets, items, epoch) for epoch in (0, 1))
    squares = first.square().sum((1, 2, 3)).double()
    assert float(squares.mean()) == pytest.approx(9, rel=5 * np.sqrt(2 / first.numel()))
    assert bool(torch.allclose(first, later, atol=1e-5)) is (drawn == "once")
    if drawn == "once":  # of each image, in whatever batch
        torch.testing.assert_close(noise_of(sets, items[5:7], 3), first[5:7])


def test_errors_are_counted_on_clean_or_noisy_images(task: ImageTask) -> None:
    for errors in ("clean", "noisy"):
        sets = sets_of(with_noise(task, norm=3.0, errors=errors))
        same = torch.equal(sets.evaluated_images(sets.split.test), sets.images(sets.split.test))
        assert same is (errors == "clean")


def test_ties_are_wrong(task: ImageTask) -> None:
    outputs = torch.tensor([[2.0, 1.0], [1.0, 1.0], [0.0, 1.0]])
    assert task.wrong(outputs, torch.tensor([0, 0, 0])).tolist() == [False, True, True]


def test_networks_learn_and_go_on_as_if_they_had_never_stopped(task: ImageTask, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    noisy = with_noise(task, norm=1.0, drawn="anew")
    path = tmp_path / "weights.safetensors"

    def keep(state: DeepState) -> None:
        if state.epoch == 2:
            write_deep_state(path, noisy, TRAINING, state)

    whole, result = train(noisy, TRAINING, keep=keep)
    assert result.test_error < 0.1
    resumed, again = train(noisy, TRAINING, state=read_deep_state(path, noisy, TRAINING))
    assert again == result
    assert all(torch.equal(tensor, resumed.state_dict()[name]) for name, tensor in whole.state_dict().items())


def test_other_data_than_the_run_s_are_refused(task: ImageTask) -> None:
    arrays = idx_arrays()
    arrays["train-images-idx3-ubyte"][0] = 0
    assert task.source.folder is not None
    elsewhere = write_idx(task.source.folder.parent / "changed", arrays)
    with pytest.raises(ValueError, match=f"hold other images than this run's, digest .*, not {task.digest}"):
        sets_of(task.at(Source(elsewhere)))


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"noise": {"norm": -1.0}}, "norm = -1"),
        ({"noise": {"norm": float("nan")}}, "norm = nan"),
        ({"noise": {"drawn": "twice"}}, "drawn = 'twice' is unknown: use 'once' or 'anew'"),
        ({"noise": {"errors": "none"}}, "errors = 'none' is unknown: use 'clean' or 'noisy'"),
        ({"augmentation": {"translation": -1}}, "translation = -1"),
    ],
)
def test_settings_that_cannot_be_are_one_sentence(settings: dict[str, dict[str, object]], named: str) -> None:
    with pytest.raises(ValueError, match=named) as refusal:
        _ = {"noise": Noise, "augmentation": Augmentation}[next(iter(settings))](**next(iter(settings.values())))
    assert "\n" not in str(refusal.value)


def test_what_cannot_be_drawn_is_one_sentence(task: ImageTask) -> None:
    with pytest.raises(ValueError, match=r"70 images for training and validation .* from the 60 and 40 of idx"):
        sets_of(task, train=50)
    with pytest.raises(ValueError, match="mirrored images of idx are others"):
        image_task("idx", task.source, 16, Augmentation(0, True))
