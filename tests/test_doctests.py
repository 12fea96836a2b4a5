"""Every example in a docstring of theory/ and simulate/ is run."""

import doctest
import importlib
import pkgutil

import numpy as np
import pytest

import simulate
import theory

MODULES = [
    name for room in (theory, simulate) for _, name, _ in pkgutil.walk_packages(room.__path__, f"{room.__name__}.")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    module = importlib.import_module(name)
    assert doctest.testmod(module, extraglobs={"np": np}).failed == 0


def test_there_are_examples() -> None:
    finder = doctest.DocTestFinder(exclude_empty=True)
    examples = [test for name in MODULES for test in finder.find(importlib.import_module(name)) if test.examples]
    assert examples
