"""The list of all claims, in the order of the paper, and all evidence."""

from dataclasses import replace

from validate.claims import appendix, back, deep, definitions, front, law, learned, own, scaling, theory_part
from validate.claims.claim import Claim
from validate.claims.evidence import Evidence

_LISTED: tuple[Claim, ...] = (
    *front.SECTION1, *front.SECTION2, *front.SECTION3, *theory_part.SECTION4, *theory_part.STRIDE_ONE,
    *theory_part.STRIDE_FILTER, *theory_part.FIGURE7, *back.APPENDIX_A, *back.APPENDIX_B, *back.APPENDIX_C, *own.OURS,
)  # fmt: skip
EVIDENCE: dict[str, Evidence] = {
    evidence.name: evidence
    for evidence in (
        definitions.EVIDENCE, scaling.TASK1, scaling.TASK2, law.LAW, appendix.EVIDENCE, law.NETWORKS, learned.LEARNED,
        learned.PARTIAL, scaling.FIVE, scaling.PLANE1, scaling.PLANE2, *deep.SCALE, scaling.PAPER1, scaling.PAPER2,
        *deep.of_images().values(),
    )
}  # fmt: skip


def _pictured(claim: Claim) -> Claim:
    """With the figure of its evidence, where that has one only."""
    figures = [*EVIDENCE[claim.evidence].figures]
    return replace(claim, figure=figures[0]) if len(figures) == 1 and not claim.figure else claim


CLAIMS: tuple[Claim, ...] = tuple(map(_pictured, _LISTED))
