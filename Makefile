# kubetutor: `make lab` and `make test` are all that most people need. Neither needs Docker, root or an environment.

VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/.stamps
ARGS ?=

.PHONY: help lab test test-kind conformance check bench clean .venv
.DEFAULT_GOAL := help

help:
	@echo "make lab      start a cluster, and JupyterLab on your copy of the lessons (ARGS=... for JupyterLab)"
	@echo "make test     check the style, the types and the layers, then run all tests"
	@echo "make test-kind  run the tests of kind itself; makes its node image if need be (25 minutes)"
	@echo "make conformance  run the tests that all clusters pass, on kind (half an hour)"
	@echo "make bench    measure the embedded cluster, and kind where there is one (ARGS=load, views, server: under load, in a browser, a class)"
	@echo "make .venv    only make the environment"
	@echo "make clean    remove the environment and what tools left behind"

lab: $(STAMPS)/installed
	@$(BIN)/kubetutor lab $(ARGS)

test: check
	$(BIN)/python -m pytest -n 3 --dist loadgroup $(ARGS)

ON_KIND = PYTHON=$(abspath $(BIN))/python tests/kind/make-node-image --run tests/kind/run-tests $(abspath $(BIN))/python

test-kind: $(STAMPS)/dev
	@$(ON_KIND) kind $(ARGS)

conformance: $(STAMPS)/dev
	@$(ON_KIND) both $(ARGS)

check: $(STAMPS)/dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy kubetutor
	$(BIN)/lint-imports --no-logo

bench: $(STAMPS)/dev
	@made=; if PYTHON=$(abspath $(BIN))/python tests/kind/make-node-image --check >/dev/null; \
	then made="tests/kind/make-node-image --run"; fi; \
	PYTHON=$(abspath $(BIN))/python $$made $(abspath $(BIN))/python -m tests.benchmarks $(ARGS)

.venv: $(STAMPS)/installed

# Made once; made again when pyproject.toml changes. A Python counts only if it runs: version managers leave
# commands named python3.13 behind that only print a message.
$(STAMPS)/made:
	@set -e; found=; \
	for python in "$$PYTHON" python3.13 python3.12 python3.11 python3 python3.14 python; do \
	    if [ -n "$$python" ] && "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	    then found="$$python"; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	    echo "make: no Python 3.11 or newer was found (looked for python3.13, 3.12, 3.11, python3 and python)." >&2; \
	    echo "Install one (Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install python), then try again." >&2; \
	    echo "Or say where it is: make PYTHON=/path/to/python3 lab" >&2; exit 1; \
	fi; \
	if ! "$$found" -c 'import venv, ensurepip' 2>/dev/null; then \
	    echo "make: $$found cannot make environments: its modules venv and ensurepip are missing." >&2; \
	    echo "On Debian and Ubuntu: apt install python3-venv, then try again." >&2; exit 1; \
	fi; \
	echo "Making the environment $(VENV) with $$("$$found" --version)"; \
	"$$found" -m venv --clear $(VENV); \
	mkdir -p $(STAMPS); touch $@

$(STAMPS)/installed: pyproject.toml | $(STAMPS)/made
	@echo "Installing kubetutor and what it needs; the first time this takes a minute or two"
	@$(BIN)/python -m pip install --disable-pip-version-check --editable .
	@touch $@

$(STAMPS)/dev: pyproject.toml | $(STAMPS)/made
	@echo "Installing kubetutor and the tools for developing it; the first time this takes a minute or two"
	@$(BIN)/python -m pip install --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(STAMPS)/installed

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
