"""Eq. 1 of any model, beside closed forms and the exact operator."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from nets.models.perturbations import AddedNoise, Perturbation
from nets.models.sensitivity import measure_sensitivities
from simulate.sensitivity import homogeneous_sensitivities
from theory.definitions.architecture import Architecture
from theory.definitions.perturbation import Conventions, move_outcomes
from theory.definitions.task import ScaleDetection


def drawn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def shift(images: Tensor) -> Tensor:
    return images.roll(1, -1)


PERTURBATIONS: dict[str, Perturbation] = {"D": shift, "G": AddedNoise(0.5)}


def brute(f: Tensor, moved: Tensor) -> float:
    """Eq. 1 from all pairs, one at a time."""
    f, moved = f.double().flatten(1), moved.double().flatten(1)
    pairs = torch.cdist(f, f, compute_mode="donot_use_mm_for_euclid_dist").square()
    return float((moved - f).square().sum(1).mean() / (pairs.sum() / (len(f) * (len(f) - 1))))


def test_the_identity_and_a_linear_map() -> None:
    images = drawn(50, 2, 6, 6)
    sensitivities = measure_sensitivities(nn.Identity(), images, PERTURBATIONS, batch=7)
    assert sensitivities.layers == ("output",)
    assert sensitivities.values["D"][0] == pytest.approx(brute(images, shift(images)), rel=1e-6)
    assert sensitivities.norm["D"] == pytest.approx(float((shift(images) - images).square().sum()) / 50)
    scaled = measure_sensitivities(nn.Sequential(nn.Conv2d(2, 2, 1, bias=False, groups=2)), images, PERTURBATIONS)
    assert scaled.layers == ("0", "output")
    assert scaled.values["D"][0] == scaled.values["D"][1]
    np.testing.assert_allclose(scaled.R, scaled.values["D"] / scaled.values["G"])
    assert scaled.sensitivities.layer.tolist() == list(scaled.layers)
    assert np.isnan(scaled.sensitivities.receptive_field).all()
    np.testing.assert_array_equal(scaled.sensitivities.G, scaled.values["G"])
    assert scaled.sensitivities.D_error is scaled.errors["D"]


def test_far_from_the_origin_no_digit_is_lost() -> None:
    images = drawn(64, 1, 5, 5).double()
    near, far = (
        measure_sensitivities(nn.Identity(), images + offset, PERTURBATIONS, batch=16).values["D"]
        for offset in (0, 1e5)
    )
    np.testing.assert_allclose(far, near, rtol=1e-9)


def test_homogeneous_filters_have_the_exact_sensitivity() -> None:
    """The linear network of homogeneous filters of simulate/, as a torch model, on all images and moves of task 2."""
    task, architecture = ScaleDetection(2, 16, 4), Architecture(2, 2, 3)
    exact = homogeneous_sensitivities(task, architecture, Conventions(denominator="distinct")).D
    model = nn.Sequential(*(nn.AvgPool1d(2) for _ in range(3)))
    images = torch.from_numpy(task.amplitude * task.active(task.pairs))[:, None]
    single = [destination for _, destination in move_outcomes(task, "free")]  # both pixels move, each to either side
    i, j = task.pairs.T
    moves = [np.stack([first[i], other[j]], axis=1) for first in single for other in single]
    numerators = [torch.from_numpy(task.amplitude * task.active(moved))[:, None] for moved in moves]

    def measured(moved: Tensor) -> np.ndarray:
        return measure_sensitivities(model, images, {"D": lambda x: moved}, batch=len(images)).values["D"]

    np.testing.assert_allclose(np.mean([measured(moved) for moved in numerators], axis=0)[:-1], exact, rtol=1e-6)


class InPlace(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.conv, self.norm, self.relu = nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        output: Tensor = self.relu(self.norm(self.conv(x)))
        return output


def test_what_is_recorded_is_what_the_layer_returned() -> None:
    model, images = InPlace(), drawn(40, 1, 6, 6)
    assert model.training
    before = {name: value.clone() for name, value in model.state_dict().items()}
    sensitivities = measure_sensitivities(model, images, PERTURBATIONS, batch=9)
    assert sensitivities.layers == ("conv", "norm", "relu", "output")
    moved = shift(images)
    with torch.no_grad():
        assert sensitivities.values["D"][0] == pytest.approx(brute(model.conv(images), model.conv(moved)), rel=1e-5)
        model.eval()
        norm = [model.norm(model.conv(x)) for x in (images, moved)]
        assert sensitivities.values["D"][1] == pytest.approx(brute(*norm), rel=1e-5)
        assert sensitivities.values["D"][2] == pytest.approx(brute(model(images), model(moved)), rel=1e-5)
    assert sensitivities.values["D"][1] != pytest.approx(sensitivities.values["D"][2], rel=1e-3)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())  # batch-norm unmoved
    assert not model.relu._forward_hooks


def test_modes_and_hooks_are_as_before() -> None:
    model = InPlace()
    model.norm.eval()
    measure_sensitivities(model, drawn(4, 1, 6, 6), PERTURBATIONS, layers=["relu"])
    assert (model.training, model.norm.training) == (True, False)


def test_the_standard_error_is_that_of_repeated_measurements() -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU())
    repeated = [
        measure_sensitivities(model, drawn(60, 1, 5, 5, seed=n), PERTURBATIONS, batch=20, seed=n) for n in range(200)
    ]
    for p in PERTURBATIONS:
        spread = np.std([measured.values[p][-1] for measured in repeated], ddof=1)
        # 200 measurements know their spread to 5 %, the formula is good to 1/20
        assert np.mean([measured.errors[p][-1] for measured in repeated]) == pytest.approx(spread, rel=0.2)


def test_a_constant_layer_is_named() -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Threshold(1e9, 3.0))
    sensitivities = measure_sensitivities(model, drawn(10, 1, 5, 5), PERTURBATIONS)
    assert sensitivities.constant == ("3", "output")


class Twice(nn.Module):
    """One rectifier, called twice, the second time in place."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first, self.second, self.relu = nn.Conv2d(1, 3, 3), nn.Conv2d(3, 3, 3), nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        output: Tensor = self.relu(self.second(self.relu(self.first(x))))
        return output


def test_each_call_of_a_module_is_a_layer() -> None:
    model, images = Twice(), drawn(30, 1, 7, 7)
    sensitivities = measure_sensitivities(model, images, PERTURBATIONS)
    assert sensitivities.layers == ("first", "relu", "second", "relu (2)", "output")
    with torch.no_grad():
        inner = [model.first(x).relu() for x in (images, shift(images))]
        outer = [model.second(x).relu() for x in inner]
        assert sensitivities.values["D"][0] == pytest.approx(
            brute(model.first(images), model.first(shift(images))), rel=1e-5
        )
        assert sensitivities.values["D"][1] == pytest.approx(brute(*inner), rel=1e-5)
        assert sensitivities.values["D"][3] == pytest.approx(brute(*outer), rel=1e-5)
    assert measure_sensitivities(model, images, PERTURBATIONS, layers=["relu"]).layers == ("relu", "relu (2)", "output")


def test_the_batch_changes_no_number() -> None:
    model, images = Twice(), drawn(33, 1, 7, 7)
    whole, parted = (measure_sensitivities(model, images, PERTURBATIONS, batch=size) for size in (33, 4))
    for p in PERTURBATIONS:
        np.testing.assert_allclose(whole.values[p], parted.values[p], rtol=1e-5)  # float32 convolutions
        assert whole.norm[p] == pytest.approx(parted.norm[p], rel=1e-14)  # of sums in another order


class Broken(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x / 0 * 0


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"images": torch.ones(4, 1, 5, 5, dtype=torch.int64)}, "int64"),
        ({"images": torch.ones(4, 5)}, r"\(4, 5\) cannot be measured"),
        ({"images": torch.ones(1, 1, 5, 5)}, "1 image has nothing"),
        ({"images": torch.ones(4, 2, 5, 5)}, "raises RuntimeError on images of 2 × 5 × 5"),
        ({"layers": ["conv1"]}, "there is no layer conv1: use some of conv, norm, relu"),
        ({"perturbations": {"D": lambda x: x[..., 1:]}}, "return images of the same shape"),
        ({"perturbations": {}}, "no perturbation"),
        ({"model": nn.Sequential(Broken())}, "the layer 0 returns numbers that are not finite"),
    ],
)
def test_bad_input_is_one_sentence(arguments: dict[str, object], named: str) -> None:
    whole = {"model": InPlace(), "images": drawn(4, 1, 5, 5), "perturbations": PERTURBATIONS, **arguments}
    with pytest.raises(ValueError, match=named):
        measure_sensitivities(**whole)  # type: ignore[arg-type]
