"""Interrupted anywhere, training ends with the same bits."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from nets.deep.plane import PlaneTask
from nets.deep.state import read_deep_state, read_network, write_deep_state
from nets.deep.training import DeepState, DeepTraining, begin, train
from theory.definitions.task import plane_task

TASK = PlaneTask(replace(plane_task(), width=16, scale=6, gap=2))
# dropout, early stopping, momentum: all that a state has
TRAINING = DeepTraining("alexnet", width=0.05, images=64, validation=32, test=50, epochs=4, batch=16)


@pytest.mark.parametrize("training", [TRAINING, replace(TRAINING, optimizer="adam", learning_rate=1e-3)])
@pytest.mark.parametrize("stop", [1, 2, 3, 4])
def test_every_epoch_can_be_gone_on_from(stop: int, training: DeepTraining, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    path = tmp_path / "weights.safetensors"
    whole, result = train(TASK, training)

    def keep(state: DeepState) -> None:
        if state.epoch == stop:
            write_deep_state(path, TASK, training, state)

    train(TASK, training, keep=keep)
    resumed, again = train(TASK, training, state=read_deep_state(path, TASK, training))
    assert again == result
    assert all(torch.equal(tensor, resumed.state_dict()[name]) for name, tensor in whole.state_dict().items())


def test_the_network_that_was_kept_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    whole, _ = train(TASK, TRAINING, keep=lambda state: write_deep_state(path, TASK, TRAINING, state))
    kept = read_network(path, TASK, TRAINING)
    assert not kept.training
    assert all(torch.equal(tensor, kept.state_dict()[name]) for name, tensor in whole.state_dict().items())


def test_other_settings_and_damage_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    write_deep_state(path, TASK, TRAINING, begin(TASK, TRAINING))
    with pytest.raises(ValueError, match="training seed 0, not 1"):
        read_deep_state(path, TASK, replace(TRAINING, seed=1))
    with pytest.raises(ValueError, match=r"'gap': 2.*, not .*'gap': 1"):
        read_deep_state(path, PlaneTask(replace(TASK.detection, gap=1)), TRAINING)
    path.write_bytes(path.read_bytes()[:-900])
    with pytest.raises(ValueError, match="no checkpoint, or is damaged"):
        read_deep_state(path, TASK, TRAINING)
