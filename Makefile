# One definition of green: people, pre-commit and CI call these targets.

# The first Python on the path that is new enough; make PYTHON=/path/to/python3.12 overrules.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin

.PHONY: help install demo test check docs golden clean

help:            ## show the targets
	@grep -E '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

install:         ## make .venv and install burnish there; does nothing when that is done
	@test -n "$(PYTHON)" || { echo "error: burnish needs Python 3.11 or newer, and none was found." \
		"Install it, or name it: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) tools/setup.py

demo: install    ## teach the embedded model a fact and ask it (about two minutes)
	@$(BIN)/python examples/demo/demo.py

test: install    ## run the tests
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n auto --dist worksteal

check: install   ## format, lint, types, layers, contract tests
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -q tests/contract

docs: install    ## write docs/reference and the README's map
	@$(BIN)/python tools/make_docs.py
	@$(BIN)/python tools/make_map.py

golden: install  ## rewrite the golden files; read the diff before you commit it
	@BURNISH_GOLDEN=write $(BIN)/python -m pytest -q tests/golden

clean:           ## remove what builds and runs left, but not .venv
	@rm -rf build dist output runs .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@rm -rf examples/demo/output examples/demo_model/output examples/smollm2/output
	@find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
