"""Networks translated: what is judged of them, and what is refused."""

from pathlib import Path

import numpy as np
import pytest

from sweep.local import Local
from sweep.store import Store
from sweep.work import Options
from tests.validate.law.networks import train_for_a_moment
from validate.law.network_split import judge_translations, network_split_table, statements, translation_runs
from validate.law.networks import NetworkSettings, runs_of
from validate.law.preference import judge_runs


def test_untrained_networks_move_like_the_square_and_lose_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """L23 holds whatever the filters: only the aliases' part, and D with it, stays where it is."""
    train_for_a_moment(monkeypatch)
    settings, store = NetworkSettings(2, 3, 2), Store(tmp_path)
    runs, translations = runs_of(settings, 3), translation_runs(settings, 3)
    assert [run.of for run in translations] == [run.of for run in runs]
    assert not Local(1).make([*runs, *translations], store, Options())
    judged = judge_runs(settings, [store.result(run) or {} for run in runs])
    split = judge_translations(judged, [store.result(run) or {} for run in translations])
    assert split.untrained.moves
    assert not split.untrained.falls_as_D
    assert np.all(split.untrained.slopes["lost"] > -0.5)
    assert split.homogeneous.D.shape == (5,)
    said = statements([split])
    assert said[f"{settings.name}: A_k^−2 refused for D_k before training"]
    # nothing has learned in a moment: no seed counts, and no statement on trained networks holds
    assert (
        split.trained.moves
        == bool(len(split.trained.D))
        == said[f"{settings.name}: what moves falls like A_k^−2, trained or not"]
    )
    assert network_split_table([split]).row_count == (3 if len(split.trained.D) else 0)
