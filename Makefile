# Everything happens in .venv, made from the pinned versions of constraints.txt.
# Another Python:          make demo PYTHON=python3.12      (after `make clean` if .venv exists)
# From a folder of wheels: make demo PIP_NO_INDEX=1 PIP_FIND_LINKS=wheels

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed
DEMO := runs/artillery
TEST_FLAGS ?= -n auto --dist worksteal
WHEELS ?= wheels
WHEEL_FLAGS ?=

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help install demo test lint format docs reference picture bench wheelhouse constraints clean

help: ## show what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## /\1\t/' | expand -t 14

install: $(INSTALLED) ## install replenish and its pinned parts into .venv

$(INSTALLED): constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; (3, 11) <= v < (3, 14) or sys.exit("replenish needs Python 3.11 to 3.13, this is %d.%d; say make PYTHON=python3.12" % v)'
	@echo "Installing into $(VENV), about a minute ..."
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --require-hashes --only-binary :all: -r constraints.txt
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@echo "Compiling once for this machine, a minute or two, and looking whether all works ..."
	@$(BIN)/replenish doctor
	@touch $@

demo: install ## simulate the artillery example and write its report
	$(BIN)/replenish run artillery --out $(DEMO)
	@echo "Report: $(CURDIR)/$(DEMO)/report.html (open it in any browser)"

test: install ## run all tests
	$(BIN)/python -m pytest $(TEST_FLAGS)

lint: install ## check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: install ## put the code into the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: install ## build the documentation into docs/_build/html
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet -b html docs docs/_build/html
	@echo "Documentation: $(CURDIR)/docs/_build/html/index.html"

reference: install ## write the generated reference pages again
	$(BIN)/python docs/generate.py

picture: demo ## draw the picture of the README again
	$(BIN)/python docs/picture.py

bench: ## measure speed, as ratios in one run (in an environment of its own)
	$(PYTHON) -m venv build/bench
	build/bench/bin/python -m pip install --quiet -e .[bench]
	build/bench/bin/python benchmarks/simulate.py

wheelhouse: install ## collect all wheels into wheels/, for a closed network
	@rm -rf $(WHEELS) && mkdir -p $(WHEELS)
	$(BIN)/python -m pip download --quiet --require-hashes --no-deps --only-binary :all: $(WHEEL_FLAGS) -r constraints.txt -d $(WHEELS)
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation -w $(WHEELS) .
	@cp constraints.txt $(WHEELS)/
	@echo "Wheels: $(CURDIR)/$(WHEELS); install with: pip install --no-index --find-links $(WHEELS) replenish"

constraints: ## pin the newest versions (takes minutes; run it with Python 3.11)
	$(PYTHON) -m venv --clear build/pip-tools
	build/pip-tools/bin/python -m pip install --quiet --upgrade pip pip-tools
	build/pip-tools/bin/pip-compile --quiet --upgrade --generate-hashes --allow-unsafe --strip-extras \
	  --no-header --no-annotate --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
	  --extra test --extra docs --build-deps-for editable --output-file build/constraints.txt pyproject.toml
	(awk '!/^#/ { exit } { print }' constraints.txt; cat build/constraints.txt) > build/pinned.txt
	mv build/pinned.txt constraints.txt

clean: ## remove everything that was made, runs excepted
	rm -rf $(VENV) build dist $(WHEELS) docs/_build .pytest_cache .mypy_cache .ruff_cache .hypothesis .benchmarks
