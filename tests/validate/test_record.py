"""Records as JSON and back."""

import json
from dataclasses import replace

import numpy as np
import pytest

from nets.simple.seed_result import SeedResult
from theory.definitions.sensitivities import Sensitivities
from validate.experiment import Experiment
from validate.record import as_json, from_json


def through_a_file(value: object) -> object:
    return json.loads(json.dumps(as_json(value), allow_nan=False))


@pytest.mark.parametrize("experiment", [Experiment.paper(1), Experiment.quick(2), Experiment.quick(1, dim=2)])
def test_an_experiment_comes_back(experiment: Experiment) -> None:
    assert from_json(Experiment, through_a_file(experiment)) == experiment
    bare = replace(experiment, training=None)
    assert from_json(Experiment, through_a_file(bare)) == bare


def test_undefined_numbers_come_back_as_nan() -> None:
    seed = from_json(SeedResult, through_a_file(SeedResult(3)))
    assert (seed.seed, seed.interpolated, np.isnan(seed.loss)) == (3, None, True)
    measured = Sensitivities(np.arange(1, 3), np.ones(2), np.array([1, np.nan]), np.ones(2), "networks")
    back = from_json(Sensitivities, through_a_file(measured))
    np.testing.assert_array_equal(back.D, measured.D)
    assert back.G_error is None


@pytest.mark.parametrize("content", [{"seed": "many"}, [], {}, None, 3])
def test_other_content_is_refused_in_one_sentence(content: object) -> None:
    with pytest.raises(ValueError, match="this is no record of SeedResult") as refusal:
        from_json(SeedResult, content)
    assert "\n" not in str(refusal.value)
