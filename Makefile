# Each command in one sentence: make help.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup setup-tests run test soak check format bench docs client lock

GALENA_HOME ?= $(CURDIR)/galena-data
export GALENA_HOME

# More for the command, as in: make test ARGS="tests/kit -x"
ARGS ?=
# Test processes side by side.
JOBS ?= 2
# How long make soak runs, in minutes.
SOAK_MINUTES ?= 30

help: ## Lists these commands.
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Installs everything into this folder; needs only Python 3.11 or newer.
	@python=$$(tools/find_python.sh) && "$$python" tools/setup.py

setup-tests:
	@python=$$(tools/find_python.sh) && "$$python" tools/setup.py --tests --browser

run: setup ## Starts Galena with its data in ./galena-data (or GALENA_HOME) and shows the address to open.
	@exec .venv/bin/galena up $(ARGS)

test: setup-tests ## Runs the whole test suite but the long runs.
	@exec env -u GALENA_HOME .venv/bin/pytest -n $(JOBS) -m "not soak" $(ARGS)

soak: setup-tests ## Runs the long tests for SOAK_MINUTES minutes (30).
	@exec env -u GALENA_HOME SOAK_MINUTES=$(SOAK_MINUTES) .venv/bin/pytest -m soak $(ARGS)

check: setup-tests ## Checks style, types, floors and house rules.
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@.venv/bin/python tools/check_house_rules.py

format: setup-tests ## Formats the code and mends what the linter can mend.
	@.venv/bin/ruff check --fix-only .
	@.venv/bin/ruff format .

bench: setup-tests ## Runs the benchmarks and writes their results as JSON.
	@exec env -u GALENA_HOME .venv/bin/python -m benchmarks $(ARGS)

docs: setup-tests ## Writes the generated pages of docs/reference again.
	@exec env -u GALENA_HOME .venv/bin/python tools/write_docs.py $(ARGS)

client: setup-tests ## Writes a typed Python client of the API into ./client, generated from its document.
	@exec env -u GALENA_HOME .venv/bin/python tools/write_client.py $(ARGS)

# Writes the lock files again from pyproject.toml and package.json; needs uv and npm on the PATH.
LOCK := uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-config --no-annotate --custom-compile-command "make lock" --quiet
# npm writes addresses of people to pay; lock files here hold no address at all.
FORGET_FUNDING := const fs = require("fs"), lock = JSON.parse(fs.readFileSync("package-lock.json")); \
	for (const entry of Object.values(lock.packages)) delete entry.funding; \
	fs.writeFileSync("package-lock.json", JSON.stringify(lock, null, 2) + "\n");
lock: ## Writes the lock files again; for whoever changes the dependencies.
	$(LOCK) pyproject.toml --group build -o requirements.lock
	$(LOCK) pyproject.toml --group build --group dev -c requirements.lock -o requirements-dev.lock
	$(LOCK) --group node -o requirements-node.lock
	npm install --package-lock-only --omit-lockfile-registry-resolved --ignore-scripts --no-audit --no-fund
	node -e '$(FORGET_FUNDING)'
