# Every target is a thin call of Python, so that the same commands work where there is no make.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
READY := $(VENV)/.ready
LAB_FLAGS ?=

.DEFAULT_GOAL := help
.PHONY: help lab run test lint types unit notebooks browser build lift lesson rules execute preview \
	benchmark constraints data kenlm lowest colab-check binder-check grading-check publish scoreboard results \
	students answers plans assignments quizzes site class hub-check clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' Makefile

$(READY): constraints.txt requirements.txt pyproject.toml
	@$(PYTHON) tools/check_python.py
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --disable-pip-version-check -r requirements.txt
	@touch $(READY)

lab: $(READY) ## open JupyterLab on the first notebook (LAB_FLAGS='--no-browser --port=8899')
	@$(PY) tools/lab.py $(LAB_FLAGS)

run: $(READY) ## run every notebook without a browser, pages into build/
	@$(PY) -m tools.notebooks run

test: $(READY) ## everything: lint, types, unit tests, doctests, notebooks, exercises, browser
	@$(PY) -m tools.check

lint: $(READY) ## ruff, floors, scripts of widgets, constraints, notebooks, addresses, the README
	@$(PY) -m tools.check lint

types: $(READY) ## mypy --strict over the package
	@$(PY) -m tools.check types

unit: $(READY) ## unit tests, doctests, exercises and checks about notebooks
	@$(PY) -m tools.check unit

notebooks: $(READY) ## run every notebook and compare with its committed outputs
	@$(PY) -m tools.check notebooks

browser: $(READY) ## open widgets and notebooks in a real JupyterLab and move them
	@$(PY) -m tools.check browser

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

scoreboard: $(READY) ## measure the rows of the notebooks again, add the stored ones, train the shipped GPT
	@LMTEACH_SCOREBOARD="$(CURDIR)/lmteach/evaluation/scoreboard.json" \
		$(PY) -m tools.notebooks run --jobs 1 --output build/scoreboard
	@LMTEACH_SCOREBOARD="$(CURDIR)/lmteach/evaluation/scoreboard.json" \
		$(PY) -m tools.results --board
	@$(PY) -m tools.train_gpt
	@$(PY) -m tools.readme

results: $(READY) ## run a long experiment, store its figures and rows: make results NAME=token_ngrams
	@LMTEACH_SCOREBOARD="$(CURDIR)/lmteach/evaluation/scoreboard.json" $(PY) -m tools.results $(NAME)
	@$(PY) -m tools.readme

data: $(READY) ## download what pip does not install: rated film sentences, a small chat model (100 MB)
	@$(PY) -m tools.data

kenlm: $(READY) ## add KenLM, which notebook 02 compares with (needs a C++ compiler and cmake)
	$(PY) -m pip install --disable-pip-version-check -c constraints.txt kenlm

constraints: $(READY) ## write the versions that are installed now into constraints.txt
	@$(PY) -m tools.dependencies

benchmark: $(READY) ## speed beside the libraries one would pick instead, into benchmarks/RESULTS.md
	@$(PY) -m benchmarks

lowest: $(READY) ## mypy against the lower bounds of all dependencies, torch's, too
	@$(PY) -m tools.lowest

colab-check: $(READY) ## install as in Colab, with its versions: first cells, imports, widgets, plots
	@$(PY) -m tools.colab_check

binder-check: $(READY) ## check binder/ with repo2docker, without Docker
	@$(PY) -m tools.binder_check

grading-check: $(READY) ## nbgrader's whole cycle on one notebook: right, wrong, blank and cheating
	@$(PY) -m tools.grading_check

students: $(READY) ## workbooks without solutions and outputs, into build/students/
	@$(PY) -m tools.lecture students

answers: $(READY) ## the lecturer's copies: right answers, likely mistakes, into build/answers/
	@$(PY) -m tools.lecture answers

plans: $(READY) ## ninety minutes with each notebook, by the clock, into build/plans/
	@$(PY) -m tools.lecture plans

assignments: $(READY) ## the exercises as a course of nbgrader, into build/course/
	@$(PY) -m tools.lecture assignments

quizzes: $(READY) ## the questions of each notebook as GIFT (Moodle) and as a page, into build/quizzes/
	@$(PY) -m tools.lecture quizzes

site: $(READY) ## the notebooks as a site with live widgets, into build/site/ (needs npm)
	@$(PY) -m tools.site

class: $(READY) ## what docs/jupyterhub.md needs: workbooks, a cache for all, the proxy (needs npm)
	@$(PY) -m tools.hub.ready

hub-check: $(READY) ## three learners on one JupyterHub at once: seconds, memory, walls (needs root)
	@$(PY) -m tools.hub_check $(HUB_FLAGS)

publish: $(READY) ## write the repository's address everywhere: make publish REPOSITORY=owner/name
	@$(PY) -m tools.publish $(REPOSITORY)

clean: ## remove .venv, build/ and caches
	rm -rf $(VENV) build .mypy_cache .pytest_cache .ruff_cache .hypothesis *.egg-info
