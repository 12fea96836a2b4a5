"""All parts of the appendix together, for the filters asked about, and the verdict on them."""

from collections.abc import Callable
from dataclasses import dataclass

from theory.definitions.sensitivities import Sensitivities
from validate.appendix import chain, conditions, convergence, corrections, dimensions, untrained
from validate.appendix.chain import Step
from validate.appendix.conditions import Crossing, Layer, Range
from validate.appendix.convergence import Rate
from validate.appendix.corrections import Coefficient, NaiveFit, Slopes
from validate.appendix.dimensions import Law
from validate.appendix.untrained import Initialization

# larger filters need larger rings than a minute allows
LARGEST_FILTER = 101


@dataclass(frozen=True)
class Question:
    """What is asked: filters, the network (depth K̃ on L pixels) whose conditions are looked at, and dimensions.

    Raises ValueError, one sentence, for a question without an answer.
    """

    filter_sizes: tuple[int, ...]
    depth: int
    width: int
    dims: tuple[int, ...]

    def __post_init__(self) -> None:
        if self.depth < 1:
            raise ValueError(f"depth {self.depth} has no layer: use --depth 1 or more")
        for size in self.filter_sizes:
            if size < 2:
                raise ValueError(
                    f"a filter of size {size} moves nothing, there is no diffusion: use --filter-size 2 or more"
                )
            if size > self.width:
                raise ValueError(
                    f"filter size {size} is wider than the image, L = {self.width}: "
                    "choose a smaller filter or a larger image"
                )
            if size > LARGEST_FILTER:
                raise ValueError(
                    f"filter size {size} needs rings larger than a minute allows: use {LARGEST_FILTER} or less"
                )
        if self.width > 2**20:
            raise ValueError(f"width {self.width} is more than 2^20 pixels: use --width 1048576 or less")
        for dim in self.dims:
            if dim not in dimensions.DIMENSIONS:
                raise ValueError(
                    f"dimension {dim} is not simulated, only lines, planes and volumes: use --dim 1, 2 or 3"
                )


@dataclass(frozen=True)
class Filter:
    """What was found for one filter size."""

    size: int
    steps: list[Step]
    rates: list[Rate]
    rivals: list[Rate]
    ranges: list[Range]
    network: list[Layer]
    coefficients: list[Coefficient]
    slopes: Slopes
    naive_fits: list[NaiveFit]

    @property
    def proved(self) -> bool:
        """Whether every step, rate, range and coefficient of the corrected proposition holds."""
        steps, rates = all(one.holds for one in self.steps), all(one.holds for one in self.rates)
        terms, ranges = all(one.holds for one in self.coefficients), all(one.predicted for one in self.ranges)
        return steps and rates and terms and ranges

    @property
    def rivals_refused(self) -> bool:
        """Whether every rival, the printed coefficients among them, is refused by the same judgement."""
        accepted = [rate.name for rate in self.rivals if rate.holds]
        accepted += [
            term.name for term in self.coefficients if term.holds_for(0) or term.holds_for(1.02 * term.predicted)
        ]
        return all(step.refused for step in self.steps) and not accepted


@dataclass(frozen=True)
class Proof:
    """Everything that `validate.appendix` prints, draws and writes."""

    question: Question
    filters: list[Filter]
    crossover: list[Crossing]
    curves: dict[tuple[int, str], Sensitivities]
    laws: list[Law]
    initialization: Initialization

    @property
    def collapse(self) -> dict[str, float]:
        """Largest distance of the crossover's data from one curve: over A/L, over F√k/(√12 L), with A 2 % wrong."""
        return {
            "A_k/L": conditions.collapse(self.crossover),
            "F√k/(√12 L), as App. A measures": conditions.collapse(self.crossover, lambda one: one.paper_field),
            "A_k wrong by 2 %": conditions.collapse(self.crossover, lambda one: 1.02 * one.field),
        }

    def verdicts(self) -> list[tuple[str, bool]]:
        """Every statement that the exit status depends on, and whether it is so."""
        right, *wrong = self.collapse.values()
        answer = []
        for one in self.filters:
            answer.append((f"F = {one.size}: the corrected proposition holds", one.proved))
            answer.append(
                (f"F = {one.size}: printed coefficients, D wrong by 2 %, D without 1/2 refused", one.rivals_refused)
            )
        limit = conditions.COLLAPSE_TOLERANCE
        answer.append(("the crossover of all F and L is one curve of A_k/L", right <= limit))
        answer.append(("it is no curve of A_k wrong by 2 %", wrong[-1] > limit))
        for dim in self.question.dims:
            laws = [law for law in self.laws if law.dim == dim]
            answer.append((f"d = {dim}: D_k and G_k have the predicted exponents", all(law.holds for law in laws)))
            if dim > 1:
                noise = [law for law in laws if law.quantity == "G"]
                refused = not any(law.accepts(law.unaltered) for law in noise)
                answer.append((f'd = {dim}: "carries unaltered" refused for G_k', refused))
        start = self.initialization
        answer.append(
            ("untrained networks tend to the infinite network as 1/√H", all(c.holds for c in start.to_infinite))
        )
        answer.append(("they do not tend to constants", not any(c.holds for c in start.to_constant)))
        return answer

    @property
    def holds(self) -> bool:
        """The verdict: the corrected proposition holds, the printed one is refused where it differs."""
        return all(so for _, so in self.verdicts())


def prove(question: Question, report: Callable[[str], None] = lambda part: None) -> Proof:
    """Go through the appendix; `report` hears what comes next."""
    filters = []
    for size in question.filter_sizes:
        report(f"F = {size}: the proof's steps and its rate")
        steps, rates, rivals = chain.steps(size), convergence.rates(size), convergence.rivals(size)
        report(f"F = {size}: conditions and corrections")
        filters.append(
            Filter(
                size,
                steps,
                rates,
                rivals,
                conditions.ranges(size, question.width, question.depth),
                conditions.network(size, question.width, question.depth),
                corrections.coefficients(size),
                corrections.slopes(size, corrections.SHOWN_LAYERS),
                corrections.naive_fits(size),
            )
        )
    report("the ring")
    crossover = conditions.crossover(list(question.filter_sizes))
    curves, laws = {}, []
    for dim in question.dims:
        report(f"dimension {dim}")
        for stride in ("one", "filter"):
            curves[dim, stride] = dimensions.simulate(dim, stride)
            laws += dimensions.laws(curves[dim, stride], dim, stride)
    report("untrained networks")
    return Proof(question, filters, crossover, curves, laws, untrained.initialization_of_task_1())
