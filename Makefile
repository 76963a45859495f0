# The two commands a newcomer needs are `make run` and `make test`; `make` alone lists the others.

CITY ?= chicago
PORT ?= 8050
export PORT

VENV := .venv
PY := $(VENV)/bin/python
# Stamps live inside the environment: delete it and everything is set up again.
INSTALLED := $(VENV)/.installed
INSTALLED_DEV := $(VENV)/.installed-dev
INSTALLED_BENCH := $(VENV)/.installed-bench
PIP := $(PY) -m pip install --quiet --disable-pip-version-check

# A file of tests to a processor, for its fixtures are shared; ARGS="-n 0" runs them one after the other.
TOGETHER := -n auto --maxprocesses 4 --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help run test test-long bench lint format messages mutation notebooks refresh clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(INSTALLED) ## set up what is missing and serve the map at http://127.0.0.1:8050 (PORT=..., CITY=...)
	@$(PY) -m equity serve $(CITY)

test: $(INSTALLED_DEV) ## all tests, including those in a real browser (ARGS=... goes to pytest)
	@scripts/install-chromium
	@scripts/install-postgresql
	@$(PY) -m pytest $(TOGETHER) $(ARGS)

test-long: $(INSTALLED_DEV) ## the long tests too, and their result into benchmarks/RESULTS.md
	@scripts/install-chromium
	@scripts/install-postgresql
	@$(PY) -m pytest $(TOGETHER) -m "long or not long" -o junit_family=xunit1 --junitxml=build/long.xml $(ARGS); ended=$$?; \
	  $(PY) -m benchmarks.long_tests build/long.xml; exit $$ended

bench: $(INSTALLED_BENCH) ## beside the usual way and peer libraries, and what the margins cover, into benchmarks/RESULTS.md
	@scripts/install-chromium
	@$(PY) -m benchmarks.run $(ARGS)

lint: $(INSTALLED_DEV) ## what CI checks after the tests
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .

format: $(INSTALLED_DEV) ## put the code into its usual shape
	@$(PY) -m tests.test_notebooks
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

messages: $(INSTALLED_DEV) ## bring the translation catalogues in step with the source; then write the msgstr lines
	@$(VENV)/bin/pybabel --quiet extract -F pyproject.toml -k N_ --no-location --sort-output -o $(VENV)/equity.pot equity
	@$(VENV)/bin/pybabel --quiet update -D equity -i $(VENV)/equity.pot -d equity/locale -N --ignore-obsolete --width 120

mutation: $(INSTALLED_DEV) ## change the rules one place at a time: would a test notice? (twenty minutes)
	@$(PIP) mutmut==3.8.1
	@$(PY) scripts/mutation.py

notebooks: $(INSTALLED_DEV) ## open the notebooks in JupyterLab
	@$(PIP) jupyterlab
	@$(VENV)/bin/jupyter lab notebooks

refresh: $(INSTALLED) ## new figures for data/cities/CITY from the Census Bureau, or from raw files: FROM=FOLDER
	@$(PY) -m equity refresh $(CITY) $(if $(FROM),--from "$(FROM)")

clean: ## remove the environment and all caches; data/ stays
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(INSTALLED): requirements.txt
	@scripts/make-venv $(VENV)
	@echo "Installing what requirements.txt names (about half a minute, once) ..."
	@$(PIP) -r requirements.txt
	@touch $@

$(INSTALLED_DEV): requirements-dev.txt $(INSTALLED)
	@echo "Installing what the tests need ..."
	@$(PIP) -r requirements-dev.txt
	@touch $@

$(INSTALLED_BENCH): requirements-bench.txt $(INSTALLED_DEV)
	@echo "Installing what the benchmarks need ..."
	@$(PIP) -r requirements-bench.txt
	@touch $@
