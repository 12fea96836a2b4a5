"""What people bring: twins have the same numbers, what cannot be measured is said in one sentence."""

import warnings
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from nets.models.perturbations import AddedNoise, Diffeomorphisms, Perturbation
from nets.models.sensitivity import ModelSensitivities, SensitivityWarning, measure_sensitivities
from tests.nets.models.small_models import TWINS, Model, convolution, plain_a, relu_a

TAU = Diffeomorphisms(0.5)


def images(count: int = 20, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.rand(count, 3, 16, 16, generator=torch.Generator().manual_seed(0)).to(dtype)


def erase_in_place(x: Tensor) -> Tensor:
    x[..., 3:6, 3:6] = 0
    return x


PERTURBATIONS: dict[str, Perturbation] = {"D": TAU, "G": AddedNoise(TAU), "E": erase_in_place}


def measured(model: nn.Module, x: Tensor, **settings: object) -> ModelSensitivities:
    before = x.clone()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SensitivityWarning)
        sensitivities = measure_sensitivities(model, x, PERTURBATIONS, **settings)  # type: ignore[arg-type]
    assert torch.equal(x, before)
    return sensitivities


@pytest.mark.parametrize("kind", TWINS)
def test_twins_have_the_same_numbers(kind: str) -> None:
    model, twin = TWINS[kind]()
    of_model, of_twin = measured(model, images()), measured(twin, images())
    assert of_twin.norm == pytest.approx(of_model.norm, rel=1e-12)
    common = {"output", *of_model.layers} & {*of_twin.layers}
    assert common | {*of_model.silent} >= {"output"} | ({*of_twin.layers} if kind != "scripted" else {"output"})
    for layer in common:
        for p in PERTURBATIONS:
            # the rounding of float32 in another order
            assert of_model.values[p][of_model.layers.index(layer)] == pytest.approx(
                of_twin.values[p][of_twin.layers.index(layer)], rel=1e-5
            )


def test_a_perturbation_that_writes_into_its_images_is_measured_as_its_twin() -> None:
    sensitivities = measure_sensitivities(
        relu_a(), images(), {"a": erase_in_place, "b": lambda x: erase_in_place(x.clone())}
    )
    np.testing.assert_array_equal(sensitivities.values["a"], sensitivities.values["b"])
    assert sensitivities.values["a"][0] > 0
    assert sensitivities.norm["a"] == sensitivities.norm["b"] > 0


def test_what_a_perturbation_holds_on_to_is_not_written_by_the_model() -> None:
    held = images() + 0.1
    before = held.clone()
    measured(TWINS["writes into its images"]()[0], images())
    measure_sensitivities(TWINS["writes into its images"]()[0], images(), {"D": lambda x: held}, batch=20)
    assert torch.equal(held, before)


@pytest.mark.parametrize("batch", [1, 7, 13, 20])
def test_an_axis_as_long_as_the_batch_is_not_taken_for_it(batch: int) -> None:
    """14 columns, and batches of 13 and 7, of one image at the end too."""
    for kind in ("time first", "windows"):
        model, twin = TWINS[kind]()
        np.testing.assert_allclose(
            measured(model, images(14), batch=batch).values["D"],
            measured(twin, images(14), batch=14).values["D"],
            rtol=1e-5,
        )


@pytest.mark.parametrize("count", [9, 65])
def test_one_number_an_image_also_squeezed(count: int) -> None:
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 1)]
    x = images(count)
    column = measured(nn.Sequential(convolution(3, 4), *head), x, batch=8)
    torch.manual_seed(0)
    squeezed = Model(lambda m, y: m.head(m.a(y)).squeeze(), head=nn.Sequential(*head))
    assert measured(squeezed, x, batch=8).values["D"][-1] == pytest.approx(column.values["D"][-1], rel=1e-6)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.float16])
def test_other_precisions_follow_float32_within_their_own(dtype: torch.dtype) -> None:
    reference, other = measured(relu_a(), images()), measured(relu_a().to(dtype), images())
    # a hundred thousand roundings of one part in 1/ε, which average out
    np.testing.assert_allclose(
        other.values["D"], reference.values["D"], rtol=max(torch.finfo(d).eps for d in (dtype, torch.float32))
    )
    assert other.constant == ()


def test_perturbations_are_made_in_float64_and_rounded_once() -> None:
    """A field that float32 loses on a far background: 10⁵ + x."""
    far = images(10).double() + 1e5
    wide, narrow = (measure_sensitivities(nn.Identity(), x, {"D": TAU}) for x in (far, far.float()))
    # images of 10⁵ are rounded to 1/128 in float32, and so is their difference from what is perturbed
    assert narrow.norm["D"] == pytest.approx(wide.norm["D"], rel=1 / 128)


class TestLayers:
    def test_attention_and_recurrence_are_measured(self) -> None:
        class Reader(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                torch.manual_seed(0)
                self.patch = nn.Conv2d(3, 8, 4, 4)
                self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
                self.recurrent = nn.LSTM(8, 8)
                self.unused = nn.Linear(3, 3)

            def forward(self, x: Tensor) -> Tensor:
                tokens = self.patch(x).flatten(2).mT
                tokens = self.attention(tokens, tokens, tokens)[0]
                return self.recurrent(tokens.transpose(0, 1))[0][-1]

        sensitivities = measured(Reader(), images())
        assert sensitivities.layers == ("patch", "attention", "recurrent", "output")
        assert sensitivities.silent == ("unused",)

    def test_a_method_that_is_called_is_named(self) -> None:
        assert measured(Model(lambda m, x: m.a.forward(x)), images()).silent == ("a",)

    def test_a_loop_over_images_is_named(self) -> None:
        sensitivities = measured(Model(lambda m, x: torch.stack([m.a(each) for each in x])), images())
        assert (sensitivities.layers, sensitivities.silent) == (("output",), ("a",))
        assert sensitivities.values["D"][0] == pytest.approx(measured(plain_a(), images()).values["D"][0], rel=1e-5)


class TestConstant:
    def test_rounding_is_no_output(self) -> None:
        for dtype in (torch.float32, torch.float64, torch.bfloat16):
            model = nn.Sequential(convolution(3, 6), nn.InstanceNorm2d(6), nn.AdaptiveAvgPool2d(1)).to(dtype)
            sensitivities = measured(model, images(65))
            assert sensitivities.constant == ("2", "output")

    def test_rounding_inside_a_function_is_none_either(self) -> None:
        model = Model(lambda m, x: (lambda y: (y - y.mean((1, 2, 3), keepdim=True)).mean((1, 2, 3)))(m.a(x)))
        assert measured(model, images(30)).constant == ("output",)

    def test_a_small_signal_in_float64_is_one(self) -> None:
        model = Model(lambda m, x: 1 + 1e-12 * m.a(x)).double()
        sensitivities = measured(model, images())
        assert sensitivities.constant == ()
        # 1 is known to 2⁻⁵³, the signal to 10⁻⁴ of itself
        assert sensitivities.values["D"][-1] == pytest.approx(sensitivities.values["D"][0], rel=1e-3)
        assert measured(Model(lambda m, x: 1 + 1e-12 * m.a(x)), images()).constant == ("output",)


def branch(m: Model, x: Tensor) -> object:
    return m.a(x[:, :, 1:]) if float(x.mean()) > 0.6 else m.a(x)


REFUSED: dict[str, tuple[Callable[[], nn.Module], str]] = {
    "one number in all": (lambda: Model(lambda m, x: m.a(x).mean()), r"the layer output returns \(\) for 3 images"),
    "no tensor": (lambda: Model(lambda m, x: "cat"), "the model returns a str: wrap it"),
    "images mixed": (lambda: Model(lambda m, x: (m.a(x) - m.a(x).mean(0)).flatten(0, 1)), "is not certain"),
    "another way for other images": (lambda: Model(branch), "what the model calls varies with the image"),
    "its own exception": (lambda: Model(lambda m, x: {}["key"]), "raises KeyError on images of 3 × 16 × 16, float32"),
    "no numbers": (lambda: plain_a().to("meta"), "on the device meta"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_measured_is_one_sentence(kind: str) -> None:
    make, sentence = REFUSED[kind]
    x = images()
    x[10:] += 0.5
    with pytest.raises(ValueError, match=sentence) as refusal:
        measured(make(), x, batch=5)
    assert "\n" not in str(refusal.value)


def test_modes_are_as_before_also_of_frozen_modules() -> None:
    for kind in ("spectral norm", "train() is a loop"):
        model = TWINS[kind]()[0]
        modes = [module.training for module in model.modules()]
        measured(model, images())
        assert [module.training for module in model.modules()] == modes


@given(
    layers=st.lists(
        st.tuples(st.sampled_from(["conv", "relu", "in-place", "residual", "pool", "norm"]), st.integers(1, 3)),
        max_size=5,
    ),
    dtype=st.sampled_from([torch.float32, torch.float64]),
    batch=st.integers(1, 9),
)
@settings(max_examples=25, deadline=None)
def test_random_models_have_the_numbers_of_eq_1(layers: list[tuple[str, int]], dtype: torch.dtype, batch: int) -> None:
    """Beside all pairs of images, one after another, of the outputs of the model cut off behind each layer."""
    torch.manual_seed(0)
    modules: list[nn.Module] = [nn.Conv2d(3, 6, 3, padding=1)]
    for name, number in layers:
        modules.append(
            {
                "conv": nn.Conv2d(6, 6, 3, padding=number, dilation=number, groups=number),
                "relu": nn.ReLU(), "in-place": nn.ReLU(inplace=True), "norm": nn.BatchNorm2d(6).eval(),
                "residual": Model(lambda m, x: x + m.b(x), b=nn.Conv2d(6, 6, 1)), "pool": nn.AvgPool2d(2, 1, 1),
            }[name]
        )  # fmt: skip
    model, x = nn.Sequential(*modules).to(dtype), images(9, dtype)
    sensitivities = measure_sensitivities(
        model, x, {"D": lambda y: y.roll(1, -1)}, [str(n) for n in range(len(modules))], batch
    )
    for n in range(len(modules)):
        with torch.no_grad():
            f, moved = (model[: n + 1](y.clone()).double().flatten(1) for y in (x, x.roll(1, -1)))
        pairs = torch.cdist(f, f, compute_mode="donot_use_mm_for_euclid_dist").square().sum() / (9 * 8)
        expected = float((f - moved).square().sum(1).mean() / pairs)
        if sensitivities.layers[n] not in sensitivities.constant:
            assert sensitivities.values["D"][n] == pytest.approx(expected, rel=1e-4)
