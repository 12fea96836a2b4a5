"""Images batch by batch: the same numbers from everywhere, and memory that grows with the batch alone."""

import gc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from nets.models.image_batches import batches
from nets.models.perturbations import AddedNoise, Diffeomorphisms, Perturbation, PixelMoves
from nets.models.photographs import Photographs, Preprocessing
from nets.models.sensitivity import measure_sensitivities
from tests.nets.models.small_models import relu_a


def drawn(count: int = 23) -> Tensor:
    return torch.rand(count, 3, 16, 16, generator=torch.Generator().manual_seed(0))


PERTURBATIONS: dict[str, Perturbation] = {
    "D": Diffeomorphisms(0.5), "moves": PixelMoves(), "G": AddedNoise(Diffeomorphisms(0.5)),
    "average": AddedNoise(PixelMoves(), "average"), "fixed": AddedNoise(1.0, rectified=True),
}  # fmt: skip


class Flicker:
    """Noise of the user's own, which draws as it likes."""

    def draw(self, images: Tensor, generator: torch.Generator) -> Tensor:
        return images + torch.randn(images.shape, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("batch", [1, 4, 22])
def test_cutting_into_batches_changes_no_random_number(batch: int) -> None:
    perturbations = {**PERTURBATIONS, "own": Flicker()}
    whole, cut = (measure_sensitivities(nn.Identity(), drawn(), perturbations, batch=size) for size in (23, batch))
    for p in perturbations:
        # the sums over images are taken in another order
        assert cut.norm[p] == pytest.approx(whole.norm[p], rel=1e-12)
        np.testing.assert_allclose(cut.values[p], whole.values[p], rtol=1e-8)  # of the first batch's mean, in float32


def test_a_perturbation_is_the_same_whatever_others_there_are() -> None:
    alone = measure_sensitivities(relu_a(), drawn(), {"G": PERTURBATIONS["G"]})
    np.testing.assert_array_equal(
        alone.values["G"], measure_sensitivities(relu_a(), drawn(), PERTURBATIONS).values["G"]
    )


def test_arrays_loaders_and_mapped_files_are_the_tensor(tmp_path: Path) -> None:
    images = drawn()
    np.save(tmp_path / "images.npy", images.numpy())
    expected = measure_sensitivities(relu_a(), images, PERTURBATIONS).values["G"]
    labelled = TensorDataset(images, torch.arange(len(images)))
    for same in (
        images.numpy(),
        np.load(tmp_path / "images.npy", mmap_mode="r"),
        DataLoader(labelled, batch_size=5),
        [images[:20], images[20:]],
        labelled,
        images.numpy().astype(">f4"),
    ):
        np.testing.assert_allclose(
            measure_sensitivities(relu_a(), same, PERTURBATIONS).values["G"], expected, rtol=1e-6
        )


@pytest.mark.parametrize(
    ("images", "named"),
    [
        (torch.zeros(4, 3, 8, 8, dtype=torch.uint8), "images of uint8 hold 0 to 255"),
        (np.zeros((4, 3, 8, 8), np.uint8), "images of uint8 hold 0 to 255"),
        (np.zeros((4, 3)), r"float64, \(3, 3\) cannot be measured"),
        (iter([drawn()]), "can be read only once"),
        ([drawn(2), torch.rand(2, 3, 8, 8)], "differ in shape"),
        ([], "there are no images"),
        (np.full((4, 3, 8, 8), "a"), r"<U1, \(4, 3, 8, 8\) cannot be measured"),
        (drawn(1), "1 image has nothing to be compared with"),
        ("photos", "images of str cannot be measured"),
    ],
)
def test_what_are_no_images_is_one_sentence(images: object, named: str) -> None:
    with pytest.raises(ValueError, match=named) as refusal:
        measure_sensitivities(nn.Identity(), images, {"D": lambda x: x + 1})  # type: ignore[arg-type]
    assert "\n" not in str(refusal.value)


class Many:
    """Photographs of 224 × 224 without end, made as they are read."""

    def __init__(self, count: int) -> None:
        self.count = count

    def __iter__(self) -> Iterator[Tensor]:
        for n in range(self.count // 8):
            yield torch.rand(8, 3, 224, 224, generator=torch.Generator().manual_seed(n))


class Weighing(nn.Module):
    """Notes the bytes of all tensors that are alive while it runs."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.most = nn.Conv2d(3, 4, 7, 4), 0

    def forward(self, x: Tensor) -> Tensor:
        alive = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in gc.get_objects() if _is_plain(t)}
        self.most = max(self.most, sum(alive.values()))
        output: Tensor = self.a(x)
        return output


def _is_plain(value: object) -> bool:
    return type(value) is Tensor or type(value) is nn.Parameter


def test_memory_does_not_grow_with_the_images() -> None:
    """Ten times as many photographs: 24 and 240, of which the latter have 144 MB of pixels."""
    perturbations = {"D": Diffeomorphisms(), "G": AddedNoise(Diffeomorphisms(), "average")}
    most = []
    for count in (24, 240):
        gc.collect()
        model = Weighing()
        measure_sensitivities(model, Many(count), perturbations, batch=8)
        most.append(model.most)
    # 16 kB of sums; other tests leave tensors behind that go in between
    assert most[1] - most[0] < 144e6 / 10


def test_photographs_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    pixels = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "b.png")
    Image.fromarray(pixels[..., 0]).save(tmp_path / "more" / "c.PNG")
    Image.new("RGB", (30, 90), (255, 0, 0)).save(tmp_path / "a.jpg")
    (tmp_path / "notes.txt").write_text("no picture")
    photographs = Photographs(tmp_path, Preprocessing(40, 32, mean=(0.5, 0, 0), std=(0.5, 1, 2)), batch=2)
    images = torch.cat([*batches(photographs, 64)])
    assert [path.name for path in photographs.files] == ["a.jpg", "b.png", "c.PNG"]
    assert images.shape == (3, 3, 32, 32)
    torch.testing.assert_close(images[0].mean((1, 2)), torch.tensor([1.0, 0, 0]), atol=0.02, rtol=0)  # jpg is lossy
    middle = torch.from_numpy(pixels[4:36, 14:46].astype(np.float32) / 255).permute(2, 0, 1)
    torch.testing.assert_close(images[1], (middle - torch.tensor([0.5, 0, 0])[:, None, None])
                               / torch.tensor([0.5, 1, 2])[:, None, None])  # fmt: skip
    Image.fromarray(np.full((64, 64), 40000, dtype=np.uint16)).save(tmp_path / "d.png")
    with pytest.raises(ValueError, match=r"d\.png holds more than 8 bits a colour \(mode I;16\)"):
        list(photographs)
    (tmp_path / "d.png").write_bytes(b"nonsense")
    with pytest.raises(ValueError, match=r"d\.png is no picture"):
        measure_sensitivities(nn.Identity(), photographs, {"D": Diffeomorphisms()})
    with pytest.raises(ValueError, match="holds no jpg or png"):
        Photographs(tmp_path / "more" / "none", Preprocessing())
