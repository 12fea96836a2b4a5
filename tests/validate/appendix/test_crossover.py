from validate.appendix.crossover import COLLAPSE_TOLERANCE, collapse, crossover


def test_data_fall_on_one_curve_and_on_no_rivals() -> None:
    ring = crossover([2, 3, 5])
    assert len(ring.field) == 3 * 2 * 9
    assert collapse(ring.errors, ring.field / ring.width) == ring.collapse["A_k/L"] <= COLLAPSE_TOLERANCE
    assert collapse(ring.errors, 1.02 * ring.field / ring.width) > COLLAPSE_TOLERANCE
    assert collapse(ring.errors, ring.paper_field / ring.width) > 10 * COLLAPSE_TOLERANCE
