# Two commands are enough: `make run` opens the app on demo data, `make test` proves the tree.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.complete

.PHONY: setup run test lint bench soak lock
.DELETE_ON_ERROR:

setup: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Watchbill needs Python 3.11 or newer")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

run: setup ## the app, on demo data unless this folder already has a store
	test -e watchbill.duckdb || $(BIN)/watchbill demo
	$(BIN)/watchbill serve

test: setup
	$(BIN)/python -m pytest

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: setup ## ratios measured in one run; see README
	$(BIN)/python -m benchmarks

soak: setup ## the long hunts: many more random examples and kills
	WATCHBILL_SOAK=1 $(BIN)/python -m pytest -m soak

lock: setup ## rewrite requirements.lock: hashes, and no download address
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --generate-hashes --no-emit-index-url --no-header --quiet -o requirements.lock
