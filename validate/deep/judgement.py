"""What a figure of deep networks shows, and for Figs. 8, 10 whether the signs of its correlations are the paper's."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from validate.deep.correlation import FEWEST, Correlation, Verdict, correlate
from validate.deep.ensemble import Ensemble

QUANTITIES = ("D", "G", "R")
# figures of the test error against the sensitivities of the output
CORRELATED = ("8", "10")
# D, G, R of the output: ρ of each with the test error
Correlations = dict[str, Correlation]


@dataclass(frozen=True)
class Judgement:
    """The ensembles of a figure; `test_images` of each network's test error."""

    figure: str
    ensembles: tuple[Ensemble, ...]
    test_images: int

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
            "X before training": self._correlate(self.trained, False),
        }
        if FEWEST <= len(convolutional) < len(self.trained):
            chosen["convolutional networks"] = self._correlate(convolutional)
        return chosen

    @property
    def verdicts(self) -> dict[str, list[Verdict]]:
        """{quantity: its verdict}; none in figures of layers."""
        return {quantity: [rho.verdict] for quantity, rho in self.correlations.get("correlation", {}).items()}

    @property
    def holds(self) -> bool:
        """Whether networks learned and, in Figs. 8 and 10, all three signs are decided and the paper's."""
        signs = self.correlations.get("correlation", {}).values()
        return self.drawable and all(sign.verdict == "agrees" for sign in signs)

    def _correlate(self, ensembles: Sequence[Ensemble], trained: bool = True) -> Correlations:
        return {quantity: correlate(ensembles, quantity, self.test_images, trained) for quantity in QUANTITIES}
