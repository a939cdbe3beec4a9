# Two commands are enough: `make run` opens the app on demo data, `make test` proves the tree.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.complete
NEXT_DUCKDB := .venv/next-duckdb
export TZ ?= UTC

.PHONY: setup run test test-elsewhere lint bench soak lock
.DELETE_ON_ERROR:

setup: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Watchbill needs Python 3.11 or newer")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# The app, on demo data unless this folder already has a store.
run: setup
	test -e watchbill.duckdb || $(BIN)/watchbill demo
	$(BIN)/watchbill serve $(if $(PORT),--port $(PORT))

test: setup
	$(BIN)/python -m pytest -n auto

# Store and metrics again, in a zone far from UTC that keeps DST, and on the DuckDB that is to come.
test-elsewhere: setup $(NEXT_DUCKDB)
	TZ=Pacific/Chatham PYTHONPATH=$(NEXT_DUCKDB) $(BIN)/python -m pytest -n auto -m "not rt" tests/ingest tests/metrics

$(NEXT_DUCKDB): requirements-next.lock $(STAMP)
	$(BIN)/uv pip install --quiet --require-hashes --target $@ -r requirements-next.lock
	@touch $@

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Ratios measured in one run; the README says how to read them.
bench: setup
	$(BIN)/python -m benchmarks

# The long hunts: many more random examples, many more kills.
soak: setup
	WATCHBILL_SOAK=1 $(BIN)/python -m pytest -n auto

# Rewrite the lock files: hashes, and no download address.
lock: setup
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --generate-hashes --no-emit-index-url --no-header --quiet -o requirements.lock
	echo 'duckdb==2.0.0' | $(BIN)/uv pip compile - --universal --generate-hashes --no-emit-index-url --no-header --quiet -o requirements-next.lock
