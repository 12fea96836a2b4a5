"""What `validate.law` prints of trained networks."""

from collections.abc import Sequence

import numpy as np
from rich.table import Table

from validate.law.networks import CHANNELS
from validate.law.preference import MIDDLE, NetworkJudgement, StageJudgement
from validate.presentation import table


def layer_table(networks: Sequence[NetworkJudgement]) -> Table:
    """Layer by layer, means over the seeds that count."""
    headings = ["F/s, task", "seeds", "k", "A_k", "mean filter, sum 1", "±", "homog.", "defect", "chan."]
    headings += ["D_k", "own", "near", "box", "G_k", "own", "near", "box"]
    rows = []
    for network in networks:
        counted = network.trained.counted
        names = [_short_name(network), f"{len(counted)}/{len(network.fits)}"]
        for k in network.layers_judged if len(counted) else ():
            rows.append([*(names if k == 1 else ["", ""]), *_layer(network, int(k))])
    caption = (
        "±: standard deviation over seeds; homog.: share of the constant mode (Eq. 3); defect: sum-rule defect of the "
        "mean filter; chan.: of all channels;\n"
        "own: the mean filters; near: the sum-rule filters nearest to them; box: homogeneous filters"
    )
    left_out = [
        f"{_short_name(network)} seed {seed.seed} {seed.status}"
        for network in networks
        for seed, fits in zip(network.seed_results, network.fits, strict=True)
        if not fits
    ]
    if left_out:
        caption += f"\nleft out, since they do not fit their training images: {'; '.join(left_out)}"
    title = "Trained networks, layers judged: mean filters, and D_k, G_k beside exact curves"
    return table(title, headings, rows, caption)


def _short_name(network: NetworkJudgement) -> str:
    settings = network.settings
    channels = f", H {settings.channels}" if settings.channels != CHANNELS else ""
    return f"{settings.filter_size}/{settings.stride}, {settings.kind}{channels}"


def _layer(network: NetworkJudgement, k: int) -> list[str]:
    layer, counted, of_networks = k - 1, network.trained.counted, network.trained.measurements
    filters, homogeneous = of_networks.filters[counted, layer], network.homogeneous
    curves = (of_networks.measured, of_networks.own, of_networks.nearest)
    d, g = (
        [*(getattr(curve, q)[counted, layer].mean() for curve in curves), getattr(homogeneous, q)[layer]]
        for q in ("D", "G")
    )
    return [
        str(k),
        f"{homogeneous.receptive_field[layer]:.1f}",
        " ".join(f"{weight:.2f}" for weight in filters.mean(0)),
        f"{filters.std(0, ddof=1).max():.3f}" if len(counted) > 1 else "",
        f"{of_networks.homogeneity[counted, layer].mean():.2f}",
        f"{of_networks.defect[counted, layer].mean():.3f}",
        f"{of_networks.channel_defect[counted, layer].mean():.3f}",
        *(f"{value:.3f}" for value in d),
        *(f"{value:.2f}" for value in g),
    ]


def network_table(networks: Sequence[NetworkJudgement]) -> Table:
    """One line for each kind of networks, and where s does not divide F the choice."""
    headings = ["networks", "seeds", "slope of D: trained", "own", "nearest", "homogeneous", "defect / homogeneous"]
    headings += ["nearer to the sum rule's D", "sum rule?", "its D?"]
    rows = []
    for network in networks:
        rows.append(_stage(network, network.trained, network.settings.name))
        if network.must_choose:
            rows.append(_stage(network, network.untrained, f"{network.settings.name}, untrained"))
    caption = (
        "own: exact curve of the mean filters; nearest: of the sum-rule filters nearest to them; defect / homogeneous: "
        f"0 under the sum rule,\n1 if homogeneous, decided at {MIDDLE:g}; nearer: |ln| distance of D_k from the "
        "homogeneous curve less that from the nearest sum-rule filters'"
    )
    return table(
        "What trained networks learn, over the layers above; 95 % intervals over seeds", headings, rows, caption
    )


def _stage(network: NetworkJudgement, stage: StageJudgement, name: str) -> list[str]:
    low, high = stage.slope_interval
    preference, choice = stage.preference, ["", "", "", ""]
    if preference is not None:
        choice = [
            f"{_mean(preference.defect)} [{preference.defect_interval[0]:.2f}, {preference.defect_interval[1]:.2f}]",
            f"{_mean(preference.nearer)} [{preference.nearer_interval[0]:.2f}, {preference.nearer_interval[1]:.2f}]",
            "yes" if preference.sum_rule else "no",
            "yes" if preference.follows else "no",
        ]
    return [
        name,
        str(len(stage.counted)),
        f"[{low:.2f}, {high:.2f}]",
        _mean(stage.slope_own),
        _mean(stage.slope_nearest),
        f"{network.homogeneous_slope:.2f}",
        *choice,
    ]


def _mean(values: np.ndarray) -> str:
    return f"{values.mean():.2f}" if len(values) else "nan"
