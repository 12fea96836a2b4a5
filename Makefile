# make appendix  Proposition A.1, step by step, into results/
# make law       exponents of every filter and stride, and what networks learn, into results/
# make scaling   compare theory, simulation and networks on both tasks (quick preset), into results/
# make test      run the tests          make check   lint and types
# make test-slow the long ones          make test-cluster   the sweep on a SLURM of one node
PYTHON ?= python3
VENV = .venv
BIN = $(VENV)/bin

.PHONY: scaling appendix law test test-slow test-cluster check

scaling: $(VENV)/installed
	$(BIN)/python -m validate.scaling --task 1; first=$$?; \
	$(BIN)/python -m validate.scaling --task 2 && exit $$first

appendix: $(VENV)/installed
	$(BIN)/python -m validate.appendix

law: $(VENV)/installed
	$(BIN)/python -m validate.law

test: $(VENV)/installed
	$(BIN)/python -m pytest -m "not slow"

test-slow: $(VENV)/installed
	$(BIN)/python -m pytest -m slow

test-cluster: $(VENV)/installed
	$(BIN)/python -m pytest tests/cluster

check: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[test,check,cluster]"
	touch $@
