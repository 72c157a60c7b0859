# The first two commands: `make run` and `make test`. PYTHON chooses the interpreter, PORT the port.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help run test install install-dev lint format bench

help: ## Show these lines
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: install ## Run the service with a store and a sample catalogue, on http://127.0.0.1:8000 or PORT
	@exec $(BIN)/python -m app.serve

test: install-dev ## Install what the tests need, and run them (ARGS="-k name" for some)
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)

install: $(VENV)/.installed ## Create .venv with what the service needs

install-dev: $(VENV)/.installed-dev ## Add what the tests and checks need

lint: install-dev ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: install-dev ## Rewrite the code in the project's style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: install-dev ## Measure; each benchmark prints a ratio from one alternating run
	$(BIN)/python -m bench

# The stamps are younger than the lists they were made from, so that a second run installs nothing.
$(VENV)/.installed: requirements.txt | $(BIN)/python
	@echo "Installing the pinned requirements into $(VENV); this takes a minute, once."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	@echo "Installing what the tests and checks need into $(VENV)."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed (Debian: apt-get install python3 python3-venv)."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "$(PYTHON) is too old: 3.11 or later is needed. Name one: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "$(PYTHON) cannot create environments (Debian: apt-get install python3-venv)."; exit 1; }
	@$(PYTHON) -m venv $(VENV)
