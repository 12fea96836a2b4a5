"""What a figure of deep networks shows, and whether what the paper says of it holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from nets.deep.architectures import UNTRAINED
from validate.deep.correlation import FEWEST, Correlation, Verdict, correlate
from validate.deep.ensemble import Ensemble, Result, ensembles
from validate.deep.settings import CORRELATED, DEPTH, DeepExperiment
from validate.deep.statements import Statement, depth_statements, filter_statements

QUANTITIES = ("D", "G", "R")
# which correlation is the control
UNTRAINED_X = "X before training"
# D, G, R of the output: ρ of each with the test error
Correlations = dict[str, Correlation]


@dataclass(frozen=True)
class Judgement:
    """The ensembles of a figure.

    test_images   of each network's test error
    recalibrated  whether untrained and shuffled networks have batch norm's statistics of their own
    condition     under which the statements on real images are judged; None for other tasks, of which none is made
    """

    figure: str
    ensembles: tuple[Ensemble, ...]
    test_images: int
    recalibrated: bool = False
    condition: str | None = None

    @property
    def trained(self) -> tuple[Ensemble, ...]:
        """Those in which a network learned."""
        return tuple(ensemble for ensemble in self.ensembles if ensemble.seeds)

    @property
    def drawable(self) -> bool:
        """Whether networks learned, and for a correlation those of enough architectures."""
        return len(self.trained) >= (FEWEST if self.figure in CORRELATED else 1)

    @cached_property
    def correlations(self) -> dict[str, Correlations]:
        """{which networks: ρ(ε, X)} in Fig. 8, the paper's first; none in figures of layers."""
        if self.figure not in CORRELATED or not self.drawable:
            return {}
        convolutional = [ensemble for ensemble in self.trained if ensemble.spectra]
        chosen = {
            "correlation": self._correlate(self.trained),
            UNTRAINED_X: self._correlate(self.trained, False),
        }
        if FEWEST <= len(convolutional) < len(self.trained):
            chosen["convolutional networks"] = self._correlate(convolutional)
        return chosen

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """(i) and (ii) below Figs. 3, 9, 11, (v) below Figs. 4, 12 to 14, of real images."""
        if self.condition is None or self.figure in CORRELATED:
            return ()
        return (depth_statements if self.figure in DEPTH else filter_statements)(self.trained)

    @property
    def twins(self) -> dict[str, str]:
        """Architectures that are another one before training."""
        return {} if self.recalibrated else UNTRAINED

    @property
    def verdicts(self) -> dict[str, list[Verdict]]:
        """{quantity: its verdict}; none in figures of layers."""
        return {quantity: [rho.verdict] for quantity, rho in self.correlations.get("correlation", {}).items()}

    @property
    def holds(self) -> bool:
        """Whether networks learned and, in Figs. 8 and 10, all three signs are decided and the paper's, and not so
        before training; on real images, whether all statements hold.
        """
        signs, controls = (self.correlations.get(name, {}).values() for name in ("correlation", UNTRAINED_X))
        of_training = all(sign.verdict == "agrees" for sign in signs) and all(
            control.verdict != "agrees" for control in controls
        )
        return self.drawable and of_training and all(statement.holds for statement in self.statements)

    def _correlate(self, ensembles: Sequence[Ensemble], trained: bool = True) -> Correlations:
        return {q: correlate(ensembles, q, self.test_images, trained, self.twins) for q in QUANTITIES}


def judged(figure: str, experiment: DeepExperiment, results: Sequence[Result]) -> Judgement:
    """Of the results of the experiment's runs."""
    networks = tuple(ensembles(experiment.runs, results))
    recalibrated = experiment.probing.batch_norm == "recalibrated"
    return Judgement(figure, networks, experiment.trainings[0].test, recalibrated, experiment.condition)
