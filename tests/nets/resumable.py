"""A short training with a checkpoint after every epoch, for a process that gets killed."""

from dataclasses import replace
from pathlib import Path

import torch

from nets.checkpoint import settings_of
from nets.simple.network import SimpleCNNs
from nets.simple.state import read_state, write_state
from nets.simple.training import State, Training, train
from sweep.files import write_whole
from theory.definitions.architecture import Architecture
from theory.definitions.task import ScaleDetection

TASK, ARCHITECTURE = ScaleDetection(2, 32, 8), Architecture(2, 2, 5)
# seeds leave the batch on the way, so that the checkpoint holds finished networks too
TRAINING = Training(
    16, (0, 1, 2), 192, validation=32, learning_rate=0.02, ridge=0.02, epochs=150, patience=2, evaluate_every=5
)
SETTINGS = settings_of(task=TASK, architecture=ARCHITECTURE, training=TRAINING)
FULL_BATCH = replace(TRAINING, batch=None, epochs=60)


def run(path: Path, training: Training = TRAINING, resume: bool = True) -> SimpleCNNs:
    """Train to the end, from the checkpoint if there is one; the networks."""
    torch.set_num_threads(1)
    settings = settings_of(task=TASK, architecture=ARCHITECTURE, training=training)
    state: State | None = read_state(path, settings) if resume and path.exists() else None
    for part in path.parent.glob(f".{path.stem}.*"):  # what a killed process was writing
        part.unlink()

    def keep(now: State) -> None:
        write_whole(path, lambda part: write_state(part, settings, now))

    return train(TASK, ARCHITECTURE, training, state=state, keep=keep)[1]
