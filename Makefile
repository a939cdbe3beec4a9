# Two commands are enough: `make run` opens the app on demo data, `make test` proves the tree.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.complete
NEXT_DUCKDB := .venv/next-duckdb
export TZ ?= UTC

.PHONY: setup run notebooks test test-elsewhere lint bench mutants soak pictures lock
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

# Jupyter on the notebooks, over WATCHBILL_STORE or this folder's store; on demo data where there is none.
NOTEBOOK_STORE = $(abspath $(or $(WATCHBILL_STORE),watchbill.duckdb))
notebooks: $(BIN)/jupyter-lab
	test -e "$(NOTEBOOK_STORE)" || $(BIN)/watchbill demo --store "$(NOTEBOOK_STORE)"
	WATCHBILL_STORE="$(NOTEBOOK_STORE)" $(BIN)/jupyter-lab --notebook-dir notebooks

$(BIN)/jupyter-lab: requirements-notebooks.lock $(STAMP)
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-notebooks.lock
	@touch $@

test: setup
	$(BIN)/python -m pytest -n auto

# Store and metrics again, in a zone far from UTC that keeps DST, and on the DuckDB that is to come: every story, and of
# made-up examples a few.
test-elsewhere: setup $(NEXT_DUCKDB)
	WATCHBILL_BRIEF=1 TZ=Pacific/Chatham PYTHONPATH=$(NEXT_DUCKDB) $(BIN)/python -m pytest -n auto -m "not rt" tests/ingest tests/metrics

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

# Do the tests notice when a metric is wrong? `make mutants METRIC=flow`; SAMPLE says how many changes are tried.
mutants: setup
	$(BIN)/python -m tests.mutation metrics/$(METRIC).py $(TESTS) $(if $(SAMPLE),--sample $(SAMPLE)) -j $(or $(JOBS),2)

# The long hunts: many more random examples, and others each time, and many more kills. TIMES says how many times as
# many stores are made up, TESTS which tests run; what failed is tried first the next time.
soak: setup
	WATCHBILL_SOAK=$(or $(TIMES),8) $(BIN)/python -m pytest -n auto -v $(TESTS)

# The README's pictures, of a new demo, by the browser that the tests drive.
pictures: setup
	$(BIN)/python -m tests.browser.pictures

# Rewrite the lock files: hashes, and no download address.
lock: setup
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --generate-hashes --no-emit-index-url --no-header --quiet -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --extra dev --extra notebooks -c requirements.lock --universal --generate-hashes --no-emit-index-url --no-header --quiet -o requirements-notebooks.lock
	echo 'duckdb==2.0.0' | $(BIN)/uv pip compile - --universal --generate-hashes --no-emit-index-url --no-header --quiet -o requirements-next.lock
