"""The judgement on Appendix A: every part for every filter, and the statements that follow."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from validate.appendix import chain, coefficients, conditions, convergence, corrections, crossover
from validate.appendix.chain import Step
from validate.appendix.coefficients import Coefficient
from validate.appendix.conditions import Network, Range
from validate.appendix.convergence import Kernel, Rate
from validate.appendix.corrections import FiniteDepth, Term
from validate.appendix.crossover import Crossover
from validate.appendix.dimensions import NETWORKS, DimensionJudgement, judge_dimension
from validate.appendix.settings import AppendixSettings
from validate.appendix.untrained import Initialization, initialization_of_task_1
from validate.asymptotics import TORUS_TOLERANCE

TOLERANCES = {
    "rate": convergence.RATE_TOLERANCE,
    "term": corrections.INTERCEPT_TOLERANCE,
    "collapse": crossover.COLLAPSE_TOLERANCE,
    "exponent_in_dimension_d": TORUS_TOLERANCE,
    "conditions": conditions.TOLERANCE,
}
# filters, and their layers, whose kernels are drawn
DRAWN, DRAWN_LAYERS = 2, (2, 12, 100)


@dataclass(frozen=True)
class FilterJudgement:
    """All parts of the proposition for one filter size, as their modules define them."""

    filter_size: int
    kramers_moyal: list[Coefficient]
    steps: list[Step]
    rates: list[Rate]
    rivals: list[Rate]
    conditions: list[Range]
    network: Network
    terms: list[Term]
    finite_depth: list[FiniteDepth]


@dataclass(frozen=True)
class Judgement:
    """Everything that `validate.appendix` prints, draws and writes.

    statements   the verdict, on which the exit status depends
    kernels      of the first filters, drawn beside both Gaussians
    """

    settings: AppendixSettings
    statements: dict[str, bool]
    filters: list[FilterJudgement]
    kernels: dict[int, list[Kernel]]
    crossover: Crossover
    dimensions: list[DimensionJudgement]
    initialization: Initialization

    @property
    def holds(self) -> bool:
        """Whether the corrected proposition holds, and the printed one is refused where it differs."""
        return all(self.statements.values())


def judge(settings: AppendixSettings, progress: Callable[[str], None] = lambda part: None) -> Judgement:
    """Proposition A.1 and the claims beside it; `progress` is called with the name of each part before it begins."""
    filters = []
    for size in settings.filter_sizes:
        progress(f"F = {size}")
        filters.append(_filter(size, settings))
    progress("the ring")
    ring = crossover.crossover(settings.filter_sizes)
    dimensions = []
    for dim in settings.dims:
        progress(f"dimension {dim}")
        dimensions += [judge_dimension(dim, stride) for stride in NETWORKS]
    progress("untrained networks")
    start = initialization_of_task_1()
    distance, _, rival_distance = ring.collapse.values()
    statements = {
        **_filter_statements(filters),
        "the crossover of all F and L is one curve of A_k/L": distance <= crossover.COLLAPSE_TOLERANCE,
        "it is no curve of A_k wrong by 2 %": rival_distance > crossover.COLLAPSE_TOLERANCE,
        **_dimension_statements(dimensions),
        "untrained networks tend to the infinite network as 1/√H": all(c.holds for c in start.to_infinite),
        "they do not tend to constants": not any(c.holds for c in start.to_constant),
    }
    kernels = {size: [convergence.kernel(size, k) for k in DRAWN_LAYERS] for size in settings.filter_sizes[:DRAWN]}
    return Judgement(settings, statements, filters, kernels, ring, dimensions, start)


def _filter(size: int, settings: AppendixSettings) -> FilterJudgement:
    return FilterJudgement(
        size,
        coefficients.kramers_moyal_coefficients(size),
        chain.steps(size),
        convergence.rates(size),
        convergence.rivals(size),
        conditions.ranges(size, settings.width, settings.depth),
        conditions.network(size, settings.width, settings.depth),
        corrections.terms(size),
        corrections.finite_depths(size),
    )


def _filter_statements(filters: Sequence[FilterJudgement]) -> dict[str, bool]:
    statements = {}
    for judged in filters:
        name = f"F = {judged.filter_size}"
        steps, rates, terms = judged.steps, judged.rates, judged.terms
        holds = [step.holds for step in steps] + [rate.holds for rate in rates] + [term.holds for term in terms]
        refused = [step.refused for step in steps] + [term.rivals_refused for term in terms]
        refused += [not rival.holds for rival in judged.rivals]
        proved = all(holds) and all(layers.predicted for layers in judged.conditions)
        statements[f"{name}: the corrected proposition holds"] = proved
        statements[f"{name}: printed coefficients, D wrong by 2 %, D without 1/2 refused"] = all(refused)
    return statements


def _dimension_statements(dimensions: Sequence[DimensionJudgement]) -> dict[str, bool]:
    statements = {}
    for dim in dict.fromkeys(judged.dim for judged in dimensions):
        laws = [law for judged in dimensions if judged.dim == dim for law in judged.laws]
        statements[f"d = {dim}: D_k and G_k have the predicted exponents"] = all(law.holds for law in laws)
        if dim > 1:
            accepted = any(law.unaltered_holds for law in laws if law.quantity == "G")
            statements[f'd = {dim}: "carries unaltered" refused for G_k'] = not accepted
    return statements
