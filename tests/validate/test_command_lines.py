"""Command lines made of the parsers' own options and of words that do not fit them.

`make fuzz` tries more of them; FUZZ=N sets how many, and how many were refused is printed.
"""

import argparse
import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import validate.appendix.__main__ as appendix
import validate.claims.__main__ as claims
import validate.law.__main__ as law
import validate.learned.__main__ as learned
import validate.scaling.__main__ as scaling
import validate.sensitivity.__main__ as sensitivity
import validate.tables.__main__ as tables
from validate import figures, power
from validate.arguments import real_number, whole_number
from validate.command import Parser

TRIALS = int(os.environ.get("FUZZ", "150"))
# command, the words that it needs
COMMANDS: list[tuple[ModuleType, list[str]]] = [
    (scaling, ["--task", "1"]),
    (scaling, ["--task", "2", "--dim", "2"]),
    (scaling, ["--from", str(Path(__file__).parent / "measurements" / "networks.csv"), "--stride", "F"]),
    (power, ["--task", "2"]),
    (tables, ["1"]),
    (claims, ["--quick"]),
    (law, []),
    (learned, []),
    (appendix, []),
    (sensitivity, ["--model", "resnet18", "--images", str(Path(__file__).parent)]),
    (figures, ["5"]),
    (figures, ["7"]),
    (figures, ["8", "--architectures", "fc2", "lenet", "alexnet"]),
    (figures, ["12", "--architectures", "alexnet"]),
]
NAMES = [f"{command.__name__} {words[0] if words else ''}" for command, words in COMMANDS]
# what no setting can be, or only some
WORDS = st.one_of(
    st.sampled_from([
        "0", "-1", "1", "2", "3", "7", "64", "20000", "1000000000", "2147483648", "1e18", "1e308", "-1e5", "1e400",
        "nan", "inf", "-inf", "1_0", "٣", "0x10", "", " ", "--", "-", "[b]", "a\nb", "\x1b[31m", "None", "3/2", "0/0",
        "999999999999/2", "quick", "paper", "free", "gaussian", "9" * 5000, "0." + "1" * 60,
    ]),
    st.integers(-(10**20), 10**20).map(str),
    st.floats().map(str),
    st.text(max_size=8),
)  # fmt: skip
refused: Counter[str] = Counter()


def options_of(p: argparse.ArgumentParser, words: Sequence[str]) -> list[str]:
    """All options of the command, and of its subcommand."""
    names = [name for action in p._actions for name in action.option_strings if name not in ("-h", "--help")]
    for action in p._actions:
        if isinstance(action, argparse._SubParsersAction):
            names += options_of(action.choices[words[0]], words)
    return names


def needed_by(command: ModuleType, words: list[str]) -> object:
    """What the command would make, and nothing made."""
    arguments = command.parser().parse_args(words)
    if hasattr(command, "needed"):
        return command.needed(arguments)
    return command.settings_of(arguments) if hasattr(command, "settings_of") else arguments


def refusal(make: Callable[[], object], capsys: pytest.CaptureFixture[str]) -> str | None:
    """The sentence with which it is refused; None where it is taken."""
    try:
        make()
    except SystemExit as stop:
        assert stop.code == 2  # noqa: PT017
        return capsys.readouterr().err
    except ValueError as error:
        with pytest.raises(SystemExit):  # as validate.command.execute has it
            Parser(prog="x").error(str(error))
        return capsys.readouterr().err
    return None


@given(data=st.data())
@settings(
    max_examples=TRIALS,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@pytest.mark.parametrize(("command", "words"), COMMANDS, ids=NAMES)
def test_every_command_line_is_taken_or_refused_in_one_sentence(
    command: ModuleType, words: list[str], data: st.DataObject, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing hangs, nothing large is made, nothing is a traceback."""
    options = options_of(command.parser(), words)
    chosen = data.draw(
        st.lists(st.tuples(st.sampled_from(options), st.lists(WORDS, max_size=2)), min_size=1, max_size=3)
    )
    line = [*words, *(word for option, values in chosen for word in (option, *values))]
    started = time.monotonic()
    sentence = refusal(lambda: needed_by(command, line), capsys)
    assert time.monotonic() - started < 10, line
    refused[command.__name__] += sentence is not None
    if sentence is not None:
        assert sentence.count("\n") == 1, line
        assert sentence.isascii() or sentence.isprintable() or sentence[:-1].isprintable(), line
        assert len(sentence) < 600, line
    capsys.readouterr()


@pytest.mark.parametrize(("command", "words"), COMMANDS, ids=NAMES)
def test_without_options_each_command_is_taken(
    command: ModuleType, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """So that what is refused above is refused for its options."""
    assert refusal(lambda: needed_by(command, words), capsys) is None


def test_some_of_every_command_were_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """After the test of all command lines, whose counts it prints."""
    with capsys.disabled():
        print(f"\n{TRIALS} command lines each: refused", dict(refused))
    assert set(refused) in (set(), {command.__name__ for command, _ in COMMANDS})
    assert all(refused.values())


@pytest.mark.parametrize("command", {command for command, _ in COMMANDS}, ids=lambda command: str(command.__name__))
def test_no_number_is_without_a_range(command: ModuleType) -> None:
    """Python's own int and float take any size."""

    def check(p: argparse.ArgumentParser) -> None:
        for action in p._actions:
            assert action.type not in (int, float), action.option_strings
            assert action.choices is None or isinstance(action, argparse._SubParsersAction), action.option_strings
            if isinstance(action, argparse._SubParsersAction):
                for sub in action.choices.values():
                    check(sub)

    check(command.parser())


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--depth", "3", "--gap", "-1e5"], "--gap: -1e5 is not a number from 0 to 8: use one that is"),
        (["--gap"], "the option --gap has no value: write --gap VALUE"),
        (["--gap=--"], "the option --gap has no value: write --gap=VALUE"),
        (["--depth", "3", "--dep", "3"], "--dep 3 is no argument of this command: `x -h` shows all"),
        ([], "--depth is missing and has no default: `x -h` explains it"),
        (["--depth", "a\nb"], "--depth: a\\nb is not a whole number: use one from 1 to 9"),
        (["--depth", "1" * 99], f"--depth: {'1' * 37}… is out of range: use 1 to 9"),
    ],
)
def test_a_refusal_names_value_rule_and_remedy(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    p = Parser(prog="x")
    p.add_argument("--depth", type=whole_number(1, 9), required=True)
    p.add_argument("--gap", type=real_number(0, 8))
    with pytest.raises(SystemExit):
        p.parse_args(words)
    assert capsys.readouterr().err == f"x: {sentence}\n"
