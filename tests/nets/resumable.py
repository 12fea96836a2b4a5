"""A short training with a checkpoint after every epoch, for a process that gets killed."""

from dataclasses import replace
from pathlib import Path

import torch

from nets.checkpoint import keep_every, read, settings_of
from nets.simple import SimpleCNNs
from nets.training import State, Training, train
from theory.architecture import Architecture
from theory.task import ScaleDetection

TASK, ARCHITECTURE = ScaleDetection(2, 32, 8), Architecture(2, 2, 5)
# seeds leave the batch on the way, so that the checkpoint holds finished networks too
TRAINING = Training(
    16, (0, 1, 2), 192, validation=32, learning_rate=0.02, ridge=0.02, epochs=150, patience=2, look_every=5
)
SETTINGS = settings_of(TASK, ARCHITECTURE, TRAINING)
FULL_BATCH = replace(TRAINING, batch=None, epochs=60)


def run(path: Path, training: Training = TRAINING, resume: bool = True) -> SimpleCNNs:
    """Train to the end, from the checkpoint if there is one; the networks."""
    torch.set_num_threads(1)
    settings = settings_of(TASK, ARCHITECTURE, training)
    state: State | None = read(path, settings) if resume and path.exists() else None
    keep = keep_every(path, settings, 0, print)
    return train(TASK, ARCHITECTURE, training, state=state, keep=keep, pass_idle=True)[1]
