"""What `validate.figures 4, 8, 9, 12, 14` do: fetch the networks, judge, draw, write."""

import time
from pathlib import Path

from rich.console import Console

from sweep.store import provenances
from validate.command import AGREE, DISAGREE, output_folder
from validate.deep.correlation import FEWEST, correlate
from validate.deep.drawing import draw_correlation, draw_depth, draw_roughness, draw_spectra
from validate.deep.homogeneous import homogeneous
from validate.deep.networks import gather
from validate.deep.report import (
    QUANTITIES,
    architecture_table,
    as_dict,
    correlation_table,
    depth_table,
    filter_table,
    settings,
)
from validate.deep.settings import DeepExperiment
from validate.files import provenance, without_nan, write_json, write_text
from validate.runs.settings import RunSettings, results_of


def draw(figure: str, experiment: DeepExperiment, making: RunSettings, folder: Path, console: Console) -> int:
    """Fetch, judge, draw and write; the exit status: 0, or 1 where a sign of Fig. 8 is undecided or not the
    paper's, or no network learned.
    """
    started = time.monotonic()
    path = output_folder(folder, making.dry_run) / f"figure{figure}.png"
    console.print(settings(experiment))
    networks = gather(experiment.runs, results_of(experiment.runs, making, console))
    alive = [group for group in networks if len(group.seeds)]
    if not alive:
        console.print(architecture_table(networks))
        console.print("No network learned: nothing was drawn.")
        return DISAGREE
    theory = {run.of.training.architecture: homogeneous(run) for run in experiment.runs if run.of.training.seed == 0}
    parts: list[object] = [architecture_table(networks)]
    record = {
        "settings": [vars(x) for x in (experiment.task, experiment.trainings[0], experiment.probing)],
        "scaled": experiment.scaled,
    }
    status = AGREE
    if figure == "8":
        test = experiment.trainings[0].test
        found = {q: correlate(alive, q, test) for q in QUANTITIES}
        others = {"X before training": {q: correlate(alive, q, test, trained=False) for q in QUANTITIES}}
        convolutional = [group for group in alive if group.spectra]
        if FEWEST <= len(convolutional) < len(alive):
            others["convolutional networks"] = {q: correlate(convolutional, q, test) for q in QUANTITIES}
        parts.append(correlation_table(found, others))
        for name, each in (("correlation", found), *others.items()):
            record[name] = {q: {**vars(c), "verdict": c.verdict} for q, c in each.items()}
        draw_correlation(alive, found, 1 / (2 * test), path)
        status = AGREE if all(c.verdict == "agrees" for c in found.values()) else DISAGREE
    elif figure == "9":
        parts.append(depth_table(alive, theory))
        draw_depth(alive, theory, path)
    else:
        parts.append(filter_table(alive))
        (draw_roughness if figure == "12" else draw_spectra)(alive, path)
    made = provenances(experiment.runs, making.store)
    record |= {"networks": as_dict(networks, theory), "runs": made}
    record["provenance"] = provenance("cpu", time.monotonic() - started, made)
    write_text(path.with_suffix(".txt"), [settings(experiment), *parts])
    write_json(path.with_suffix(".json"), without_nan(record))
    console.print(*parts)
    console.print(f"{time.monotonic() - started:.0f} s; written to {path.with_suffix('')}.png, .txt and .json")
    if figure == "8":
        console.print(
            "The paper's signs, judged by families: " + ", ".join(f"{q} {c.verdict}" for q, c in found.items())
        )
    return status
