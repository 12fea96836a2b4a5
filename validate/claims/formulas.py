r"""Formulas as MathML, from a line of signs: letters, digits and operators as they are, a_b, a^b, {…}, \frac{…}{…},
\sqrt{…}.
"""

import re
from html import escape

TOKEN = re.compile(r"\\(?:frac|sqrt|sum)|[0-9]+(?:\.[0-9]+)?|\s+|.", re.DOTALL)
# in sentences: x_k, x_{k−1}, and x^2, x^−½, x^d
LOWER = re.compile(r"(?<![A-Za-z_.])([A-Za-zδγρΨ])_(\{[^}]*\}|[A-Za-z0-9∞])(?![A-Za-z_])")
UPPER = re.compile(r"\^(\{[^}]*\}|[−+-]?[\d½]+(?:\.\d+)?|−½|[A-Za-z])")
# operators that take their limits below
LARGE = {r"\sum": "∑"}


def mathml(source: str) -> str:
    """The formula as a block of presentation MathML; raises ValueError for braces that do not match.

    >>> mathml("A_k")
    '<math display="block"><mrow><msub><mi>A</mi><mi>k</mi></msub></mrow></math>'
    """
    tokens = [token for token in TOKEN.findall(source) if not token.isspace()]
    content = _row(tokens)
    if tokens:
        raise ValueError(f"the formula {source!r} has a closing brace too many: remove it")
    return f'<math display="block">{content}</math>'


def _row(tokens: list[str]) -> str:
    """Everything up to the closing brace, or the end."""
    parts: list[str] = []
    while tokens and tokens[0] != "}":
        parts.append(_scripted(tokens))
    return f"<mrow>{''.join(parts)}</mrow>"


def _scripted(tokens: list[str]) -> str:
    """An atom with what stands below and above it."""
    large = tokens[0] in LARGE
    atom = _atom(tokens)
    scripts: dict[str, str] = {}
    while tokens and tokens[0] in ("_", "^"):
        sign = tokens.pop(0)
        scripts[sign] = _atom(tokens)
    if not scripts:
        return atom
    if len(scripts) == 2:
        name = "munderover" if large else "msubsup"
        return f"<{name}>{atom}{scripts['_']}{scripts['^']}</{name}>"
    (where, script), *_ = scripts.items()
    name = {"_": "munder" if large else "msub", "^": "mover" if large else "msup"}[where]
    return f"<{name}>{atom}{script}</{name}>"


def _atom(tokens: list[str]) -> str:
    if not tokens:
        raise ValueError("a formula ends where something is missing: write it in braces")
    token = tokens.pop(0)
    if token == "{":
        content = _row(tokens)
        if not tokens:
            raise ValueError("a formula has an opening brace too many: close it")
        tokens.pop(0)
        return content
    if token == r"\frac":
        return f"<mfrac>{_atom(tokens)}{_atom(tokens)}</mfrac>"
    if token == r"\sqrt":
        return f"<msqrt>{_atom(tokens)}</msqrt>"
    if token[0].isdigit():
        return f"<mn>{token}</mn>"
    if token.isalpha():
        return f"<mi>{token}</mi>"
    if token in "()[]‖":  # as large as letters are: they need not match one another here
        return f'<mo stretchy="false">{token}</mo>'
    return f"<mo>{escape(LARGE.get(token, token.replace('-', '−')))}</mo>"


def marked_up(text: str) -> str:
    """A sentence as HTML, with D_k and A_k^−2 in it as subscripts and superscripts.

    >>> marked_up("D_k ~ A_k^−2")
    'D<sub>k</sub> ~ A<sub>k</sub><sup>−2</sup>'
    """
    text = LOWER.sub(lambda match: f"{match[1]}<sub>{match[2].strip('{}')}</sub>", escape(text))
    return UPPER.sub(lambda match: f"<sup>{match[1].strip('{}')}</sup>", text)
