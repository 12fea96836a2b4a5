"""What rests on what, as a layered graph in SVG whose nodes are links."""

from collections.abc import Mapping, Sequence
from html import escape

from validate.claims.claim import Verdict
from validate.claims.ledger import Entry

# pixels
COLUMN, ROW, HEIGHT, LETTER, MARGIN = 270, 24, 18, 6.8, 12
SYMBOLS = {
    Verdict.HOLDS: "✓",
    Verdict.HOLDS_CORRECTED: "≈",
    Verdict.DOES_NOT_HOLD: "✗",
    Verdict.UNDECIDED: "?",
    Verdict.NOT_CHECKED: "–",
}
CLASSES = {
    Verdict.HOLDS: "holds",
    Verdict.HOLDS_CORRECTED: "corrected",
    Verdict.DOES_NOT_HOLD: "fails",
    Verdict.UNDECIDED: "undecided",
    Verdict.NOT_CHECKED: "unchecked",
}


def layers(rests_on: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Names in columns, each right of all that it rests on and near their rows; those without any edge left out.

    Raises ValueError where something rests on itself.
    """
    known = {name: [base for base in bases if base in rests_on] for name, bases in rests_on.items()}
    used = {base for bases in known.values() for base in bases}
    depth: dict[str, int] = {}

    def measure(name: str, above: tuple[str, ...] = ()) -> int:
        if name in above:
            raise ValueError(f"{name} rests on itself: {' → '.join((*above, name))}")
        if name not in depth:
            depth[name] = max((1 + measure(base, (*above, name)) for base in known[name]), default=0)
        return depth[name]

    drawn = [name for name in known if known[name] or name in used]
    columns: list[list[str]] = [[] for _ in range(1 + max(map(measure, drawn), default=0))]
    row: dict[str, float] = {}
    for name in sorted(drawn, key=lambda name: depth[name]):
        columns[depth[name]].append(name)
    for column in columns:
        column.sort(key=lambda name: sum(row[base] for base in known[name]) / max(len(known[name]), 1))
        row |= {name: place for place, name in enumerate(column)}
    return columns


def graph(entries: Sequence[Entry]) -> str:
    """The graph of these entries; each node is a link to its entry, with the sign and colour of its verdict."""
    by_name = {entry.claim.identifier: entry for entry in entries}
    columns = layers({name: entry.claim.rests_on for name, entry in by_name.items()})
    place = {
        name: (MARGIN + COLUMN * x, MARGIN + ROW * y)
        for x, column in enumerate(columns)
        for y, name in enumerate(column)
    }
    width = COLUMN * len(columns) + 2 * MARGIN
    height = ROW * max(map(len, columns), default=0) + 2 * MARGIN
    edges = [
        _edge(place[base], _width(base), place[name])
        for name in place
        for base in by_name[name].claim.rests_on
        if base in place
    ]
    nodes = [_node(by_name[name], *place[name]) for name in place]
    return (
        f'<svg class="graph" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="group" '
        f'aria-label="What rests on what">{"".join(edges)}{"".join(nodes)}</svg>'
    )


def _width(name: str) -> float:
    return LETTER * (len(name) + 2) + 10


def _edge(start: tuple[float, float], width: float, end: tuple[float, float]) -> str:
    x, y, to, down = start[0] + width, start[1] + HEIGHT / 2, end[0], end[1] + HEIGHT / 2
    middle = (x + to) / 2
    return f'<path class="edge" d="M{x:.0f} {y:.0f}C{middle:.0f} {y:.0f} {middle:.0f} {down:.0f} {to:.0f} {down:.0f}"/>'


def _node(entry: Entry, x: float, y: float) -> str:
    name, verdict = entry.claim.identifier, entry.finding.verdict
    label = f"{name}: {verdict}"
    return (
        f'<a href="#{name}" class="node {CLASSES[verdict]}" aria-label="{escape(label)}"><title>{escape(label)}</title>'
        f'<rect x="{x:.0f}" y="{y:.0f}" width="{_width(name):.0f}" height="{HEIGHT}" rx="4"/>'
        f'<text x="{x + 5:.0f}" y="{y + 13:.0f}">{SYMBOLS[verdict]} {name}</text></a>'
    )
