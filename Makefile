# The commands a person needs; `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000

.DEFAULT_GOAL := help
.PHONY: help run test soak check bench format lock clean

help: ## what can be made
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1 — /'

# A stamp per lock: a second start installs nothing. Hashes are checked, the project itself is
# installed editable and without a build environment, since its build tools stand in the lock.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Outreach needs Python 3.11 or newer; try: make PYTHON=python3.12 run" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.lock pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml | $(VENV)/.run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

run: $(VENV)/.run ## start the demo at http://127.0.0.1:8000 (PORT=9000 make run moves it)
	@PORT=$(PORT) $(BIN)/outreach demo

# Three at once, also on two cores: much of the time is waiting for browsers, servers and kills.
# Bytecode is kept whatever the surroundings ask: each worker and each process a test starts would
# compile everything anew.
test: $(VENV)/.dev ## run the whole test suite
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 3 --dist worksteal

soak: $(VENV)/.dev ## the long tests: 25 x kill -9 over 5,000 letters on both databases
	SOAK=1 $(BIN)/python -m pytest -n 0 --timeout 900 -s tests/delivery/test_kill.py

check: $(VENV)/.dev ## format, lint, types, templates
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/djlint --lint --quiet templates

bench: $(VENV)/.dev ## benchmarks: ratios and CPU per unit (never part of the tests)
	$(BIN)/python -m tests.bench

format: $(VENV)/.dev ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: ## renew both locks (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet \
		--extra build --extra demo --extra postgres pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet \
		--all-extras pyproject.toml -o requirements-dev.lock

clean: ## remove what was installed (instance/ is kept)
	rm -rf $(VENV)
