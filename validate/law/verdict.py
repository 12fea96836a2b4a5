"""All that is asked about the law, and the judgement on it."""

from dataclasses import dataclass

from theory.refinement import law
from theory.stack import Layer, box, layer
from validate.law import exact
from validate.law.exact import Checked, Point, check, points, rivals
from validate.law.idealised import Idealised, idealise

# filters and strides up to which a minute is enough
LARGEST_FILTER, LARGEST_STRIDE = 32, 8


@dataclass(frozen=True)
class Answer:
    """Everything that `validate.law` prints, draws and writes; `broken` filters beside α of the unbroken ones,
    `own` of the user."""

    points: list[Point]
    checked: list[Checked]
    broken: list[tuple[Checked, float]]
    own: list[Checked]
    stacks: list[Idealised]

    def verdicts(self) -> list[tuple[str, bool]]:
        """Every statement that the exit status depends on, and whether it is so."""
        refused = [not one.accepts(alpha) for one in self.checked for _, alpha in rivals(one)]
        judged = [*self.checked, *(one for one, _ in self.broken)]
        sum_rule = [(one.defect == 0) == (not one.law.saturates) for one in judged]
        return [
            ("the transfer matrix gives the closed form of α for every F and s", all(p.holds for p in self.points)),
            ("theory and operator agree at every layer", all(one.follows for one in (*judged, *self.own))),
            ("simulated exponents are the matrix's", all(one.holds for one in self.checked)),
            ("α > 0 if and only if the sum rule holds", all(sum_rule)),
            ("α of the neighbouring F and “1 with any stride” refused where they differ", all(refused)),
            (
                "filters that break the sum rule by 5 % have lost their α",
                all(one.law.saturates and not one.accepts(alpha) for one, alpha in self.broken),
            ),
        ]

    @property
    def holds(self) -> bool:
        """The verdict."""
        return all(so for _, so in self.verdicts())


def ask(largest_filter: int, largest_stride: int, own: Layer | None, stacks: list[str]) -> Answer:
    """Raises ValueError, one sentence, for what cannot be asked."""
    if not 2 <= largest_stride <= LARGEST_STRIDE:
        raise ValueError(f"the largest stride {largest_stride} is outside 2 … {LARGEST_STRIDE}: choose one inside")
    if not largest_stride <= largest_filter <= LARGEST_FILTER:
        raise ValueError(
            f"the largest filter {largest_filter} is outside {largest_stride} … {LARGEST_FILTER}: choose one inside"
        )
    idealised = [idealise(name) for name in stacks]
    whole = (law(box(2, 2)), law(layer([1, 2, 1], 2)))
    return Answer(
        points(largest_filter, largest_stride),
        [check(name, one) for name, one in exact.SHOWN.items()],
        [
            (check(name, one), unbroken.exponents[0])
            for (name, one), unbroken in zip(exact.BROKEN.items(), whole, strict=True)
        ],
        [check(f"own, s = {own.stride}", own)] if own else [],
        idealised,
    )
