"""Settings made of anything: each constructor takes what it says, or refuses it in one sentence.

FUZZ=N tries N of each (`make fuzz`).
"""

import os
import time
from collections.abc import Callable
from dataclasses import fields
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nets.deep.settings import DeepTraining
from nets.models.diffeomorphisms import Diffeomorphisms
from nets.models.perturbations import AddedNoise
from nets.models.pixel_moves import PixelMoves
from nets.simple.settings import Training
from theory.definitions.architecture import Architecture
from theory.definitions.perturbation import Conventions
from theory.definitions.stack import Layer, box, layer
from theory.definitions.task import ScaleDetection
from validate.appendix.settings import AppendixSettings
from validate.experiment import Experiment
from validate.law.settings import LawSettings
from validate.runs.deep import Probing

TRIALS = int(os.environ.get("FUZZ", "100"))
# constructor, settings with which it works
CONSTRUCTORS: list[tuple[Callable[..., Any], dict[str, Any]]] = [
    (Architecture, {"filter_size": 3, "stride": 1, "depth": 12}),
    (ScaleDetection, {"kind": 1, "width": 32, "scale": 11, "gap": 4}),
    (ScaleDetection, {"kind": 2, "width": 16, "scale": 8, "dim": 2}),
    (Conventions, {}),
    (Layer, {"weights": (Fraction(1, 2), Fraction(1, 2))}),
    (layer, {"weights": [1, 2, 1], "stride": 2}),
    (box, {"size": 3, "stride": 2}),
    (Training, {"channels": 8, "seeds": (0, 1), "images": 48}),
    (DeepTraining, {"architecture": "lenet"}),
    (Probing, {}),
    (Diffeomorphisms, {}),
    (PixelMoves, {}),
    (AddedNoise, {"like": 1.0}),
    (AppendixSettings, {}),
    (LawSettings, {}),
]
ANYTHING = st.one_of(
    st.sampled_from([
        None, True, 0, -1, 3.0, 2**31, 10**400, float("nan"), float("inf"), -1e308, "x", "", b"x", (), [], {}, (0,),
        (-1,), ("x",), np.int64(3), np.float32(0.5), np.array([1, 2]), Fraction(1, 3), object(), 1j, "free", "image",
        "gaussian",
    ]),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
)  # fmt: skip


def names_of(constructor: Callable[..., Any]) -> list[str]:
    if isinstance(constructor, type):
        return [field.name for field in fields(constructor) if field.init]
    return ["weights", "stride", "dilation"] if constructor is layer else ["size", "stride", "dilation"]


@given(data=st.data())
@settings(max_examples=TRIALS, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@pytest.mark.parametrize(("constructor", "standard"), CONSTRUCTORS, ids=[c.__name__ for c, _ in CONSTRUCTORS])
def test_anything_is_taken_or_refused_in_one_sentence(
    constructor: Callable[..., Any], standard: dict[str, Any], data: st.DataObject
) -> None:
    chosen = data.draw(st.dictionaries(st.sampled_from(names_of(constructor)), ANYTHING, min_size=1, max_size=2))
    started = time.monotonic()
    try:
        constructor(**{**standard, **chosen})
    except (TypeError, ValueError) as error:
        sentence = str(error)
        assert "\n" not in sentence, sentence
        assert len(sentence) < 400, sentence
    assert time.monotonic() - started < 5, chosen


@pytest.mark.parametrize("integer", [np.int64, np.int32, np.uint8])
def test_numpys_integers_are_pythons(integer: Any) -> None:
    architecture = Architecture(integer(3), integer(1), integer(4))
    assert architecture == Architecture(3, 1, 4)
    assert type(architecture.depth) is int
    task = ScaleDetection(1, integer(32), integer(11), gap=np.float64(4))
    assert (type(task.width), type(task.gap)) == (int, float)
    training = Training(integer(8), tuple(np.arange(2, dtype=integer)), integer(48))
    assert (type(training.channels), type(training.seeds[0])) == (int, int)
    assert Experiment(task, architecture, training=training).runs


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Architecture(2, 1, 3.0), "depth = 3.0 is no whole number: use one from 1 to 1024"),  # type: ignore[arg-type]
        (lambda: Architecture(2, 1, "3"), "depth = '3' is no whole number"),  # type: ignore[arg-type]
        (lambda: Architecture(2, 1, 10**9), "depth = 1000000000 is out of range"),
        (lambda: ScaleDetection(1, 2**31, 11), "width = 2147483648 is out of range"),
        (lambda: ScaleDetection(1, 32, 11, gap=float("nan")), "gap = nan is out of range"),
        (lambda: Training(8, (), 48), "number of seeds = 0 is out of range"),
        (lambda: Training(8, (0.5,), 48), "seed = 0.5 is no whole number"),  # type: ignore[arg-type]
        (lambda: Training(8.5, (0,), 48), "channels = 8.5 is no whole number"),  # type: ignore[arg-type]
        (lambda: Training(8, (0,), 48, cooldown=1.5), "cooldown = 1.5 is out of range"),
        (lambda: Training(8, (0,), 48, evaluate_every=0), "evaluate_every = 0 is out of range"),
        (lambda: layer([0, 0]), "has the sum 0: use one with a positive sum"),
    ],
)
def test_refusals_name_the_value_the_rule_and_the_remedy(make: Callable[[], Any], sentence: str) -> None:
    with pytest.raises((TypeError, ValueError)) as refused:
        make()
    assert sentence in str(refused.value)
