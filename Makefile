# Everything runs from one environment, .venv. Each set of extras leaves a stamp in it, so that it is installed once.
PYTHON ?= python3
ARGS ?=

VENV := .venv
RUN := $(VENV)/bin/python
INSTALLED := $(VENV)/.installed-

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help demo test bench fuzz lint clean
.SECONDARY:

help: ## List the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 14
	@echo
	@echo 'ARGS="..." is passed on: make demo ARGS="--epochs 5", make test ARGS="-k conv -x"'
	@echo 'PYTHON=... chooses the interpreter .venv is made with: make test PYTHON=python3.12'

demo: $(INSTALLED)examples ## Train on handwritten digits and leave the results in out/digits
	$(RUN) examples/digits.py $(ARGS)

test: $(INSTALLED)test ## Run the tests
	$(RUN) -m pytest $(ARGS)

bench: $(INSTALLED)parity ## Compare speed and memory with PyTorch
	$(RUN) -m benchmarks.run $(ARGS)

fuzz: $(INSTALLED)test ## Load 10,000 damaged files
	$(RUN) -m tests.fuzz_loaders $(ARGS)

lint: $(INSTALLED)dev ## Check style, format and types
	$(RUN) -m ruff check
	$(RUN) -m ruff format --check
	$(RUN) -m mypy

clean: ## Remove .venv and everything else that was made
	rm -rf $(VENV) out build dist *.egg-info .coverage htmlcov .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(INSTALLED)%: pyproject.toml $(VENV)/.made
	$(RUN) -m pip install --quiet --editable '.[$*]'
	@touch $@

$(VENV)/.made:
	@command -v '$(PYTHON)' >/dev/null || \
	  { echo 'ndgrad needs Python 3.10 or newer, and $(PYTHON) was not found: make PYTHON=/path/to/python3' >&2; exit 1; }
	@'$(PYTHON)' -c 'import sys; sys.version_info >= (3, 10) or sys.exit("ndgrad needs Python 3.10 or newer, and $(PYTHON) is %d.%d: make PYTHON=/path/to/python3" % sys.version_info[:2])'
	'$(PYTHON)' -m venv --clear $(VENV)
	@touch $@
