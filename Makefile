# Every target is a thin call of Python, so that the same commands work where there is no make.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
READY := $(VENV)/.ready
LAB_FLAGS ?=
# Two processes that compute with one thread each: small models gain little from the second thread.
PYTEST = OMP_NUM_THREADS=1 $(PY) -m pytest -n 2

.DEFAULT_GOAL := help
.PHONY: help lab run test lint types unit notebooks browser build lift lesson rules execute preview \
	benchmark kenlm colab-check binder-check publish scoreboard results clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' Makefile

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) tools/check_python.py
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --disable-pip-version-check -r requirements.txt
	$(PY) -m pip install --disable-pip-version-check --no-deps -e .
	@touch $(READY)

lab: $(READY) ## open JupyterLab on the first notebook (LAB_FLAGS='--no-browser --port=8899')
	@$(PY) tools/lab.py $(LAB_FLAGS)

run: $(READY) ## run every notebook without a browser, pages into build/
	@$(PY) -m tools.notebooks run

test: lint types ## everything: lint, types, unit tests, doctests, notebooks, exercises, browser
	$(PYTEST) --nbval lmteach tests notebooks

lint: $(READY) ## ruff, notebooks as built and normalised, one repository address, the README
	$(PY) -m ruff check
	$(PY) -m ruff format --check conftest.py benchmarks experiments lmteach tests tools
	$(PY) -m tools.lessons check
	$(PY) -m tools.notebooks normalise --check
	$(PY) -m tools.publish --check
	$(PY) -m tools.readme --check

types: $(READY) ## mypy --strict over the package
	$(PY) -m mypy

unit: $(READY) ## unit tests, doctests, exercises and checks about notebooks
	$(PYTEST) lmteach tests --ignore=tests/browser

notebooks: $(READY) ## run every notebook and compare with its committed outputs
	$(PYTEST) --nbval notebooks

browser: $(READY) ## open the notebooks in a real JupyterLab and move the widgets
	$(PYTEST) tests/browser

build: $(READY) ## notebooks out of lessons/, outputs of unchanged cells kept
	@$(PY) -m tools.lessons build $(BUILD_FLAGS)

lift: $(READY) ## bring edits made in notebooks back into lessons/
	@$(PY) -m tools.lessons lift

lesson: $(READY) ## begin a lesson: make lesson NUMBER=15 NAME=bert
	@$(PY) -m tools.lessons new $(NUMBER) $(NAME)

rules: $(READY) ## what to write or mend next in a notebook: make rules NOTEBOOK=15
	@$(PY) -m tools.lessons rules $(NOTEBOOK)

execute: build ## build, run every notebook and keep the outputs (EXECUTE_FLAGS='--refresh notebooks/01*')
	@$(PY) -m tools.notebooks execute $(EXECUTE_FLAGS)

preview: $(READY) ## the notebooks as they stand, as pages in build/preview/
	@$(PY) -m tools.notebooks preview

scoreboard: $(READY) ## measure every committed row of the scoreboard again, and train the shipped GPT
	@LMTEACH_SCOREBOARD="$(CURDIR)/lmteach/evaluation/scoreboard.json" \
		$(PY) -m tools.notebooks run --jobs 1 --output build/scoreboard
	@LMTEACH_SCOREBOARD="$(CURDIR)/lmteach/evaluation/scoreboard.json" \
		$(PY) -m tools.train_gpt
	@$(PY) -m tools.readme

results: $(READY) ## run a long experiment and store its figures: make results NAME=token_ngrams
	@$(PY) -m tools.results $(NAME)

kenlm: $(READY) ## add KenLM, which notebook 02 compares with (needs a C++ compiler and cmake)
	$(PY) -m pip install --disable-pip-version-check kenlm==0.3.0

benchmark: $(READY) ## speed beside the libraries one would pick instead, into benchmarks/RESULTS.md
	@$(PY) -m benchmarks

colab-check: ## run every notebook with versions like Colab's
	@$(PYTHON) tools/check_python.py
	@$(PYTHON) -m tools.colab_check

binder-check: ## check binder/ with repo2docker, without Docker
	@$(PYTHON) -m tools.binder_check

publish: $(READY) ## write the repository's address everywhere: make publish REPOSITORY=owner/name
	@$(PY) -m tools.publish $(REPOSITORY)

clean: ## remove .venv, build/ and caches
	rm -rf $(VENV) build .mypy_cache .pytest_cache .ruff_cache .hypothesis *.egg-info
