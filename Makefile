# README.md names `make demo` and `make test`; `make check` is for those who change backproof.

PYTHON ?= python3
WORKERS ?= 2

# The extras that the tests use now. No code stands behind the others yet; an extra is added here in the commit that
# brings its first test.
TEST_EXTRAS = dev,train,torch,jax,keras,sklearn

PROGRAM = examples/sine/asked.py
DEMO = .venv/bin
TEST = .venv-test/bin
CHECK_PYTHON = $(PYTHON) -c 'import sys; old = sys.version_info < (3, 11); \
    sys.exit("backproof needs Python 3.11 or newer, %s is %s: give one by make PYTHON=python3.12" % \
    (sys.executable, sys.version.split()[0]) if old else 0)'
INSTALL = -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

# A line per file of the work tree that git would keep: what `make check` changed is what differs afterwards.
SNAPSHOT = git ls-files --cached --others --exclude-standard -z | xargs -0 cksum 2>/dev/null

# Tests start hundreds of interpreters: each would compile everything anew where bytecode is not kept.
export PYTHONDONTWRITEBYTECODE =

.PHONY: demo test check bench clean lint types tests pages
.NOTPARALLEL:  # the tests that measure time are to be alone even under `make -j`

demo: .venv/installed
	$(DEMO)/backproof run $(PROGRAM)

test: .venv-test/installed
	@$(MAKE) --no-print-directory lint types pages tests

check: .venv-test/installed
	@git rev-parse --is-inside-work-tree >/dev/null
	@$(SNAPSHOT) >.venv-test/before || true
	$(TEST)/ruff check --quiet --fix-only
	$(TEST)/ruff format
	$(TEST)/python tools/pages.py
	$(TEST)/python tools/measured.py
	@$(MAKE) --no-print-directory test
	@$(SNAPSHOT) | diff .venv-test/before - || { echo "make check changed the files above: look at them, then run it again"; exit 1; }

bench: .venv-test/installed
	@for program in benchmarks/*.py; do \
	    [ ! -e "$$program" ] || { echo "$$program"; $(TEST)/python "$$program"; } || exit 1; \
	done

clean:
	rm -rf .venv .venv-test build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The steps of `make test`, also to be called alone.

lint: .venv-test/installed
	$(TEST)/ruff check
	$(TEST)/ruff format --check

types: .venv-test/installed
	$(TEST)/mypy

pages: .venv-test/installed
	$(TEST)/python tools/pages.py --check
	$(TEST)/python tools/measured.py --check

# Tests that measure time come first and alone; the closing line of the last command counts all others. Workers have one
# thread each: threads of PyTorch wait for one another where there are more of them than cores.
tests: .venv-test/installed
	$(TEST)/python -m pytest -m timing
	OMP_NUM_THREADS=1 $(TEST)/python -m pytest -m "not timing" --numprocesses $(WORKERS) --dist loadgroup

# The file `installed` appears once everything is: an install that was cut off is done again.

.venv/installed: pyproject.toml constraints.txt
	@$(CHECK_PYTHON)
	$(PYTHON) -m venv .venv
	$(DEMO)/python $(INSTALL) --editable .
	@touch $@

.venv-test/installed: pyproject.toml constraints.txt Makefile
	@$(CHECK_PYTHON)
	$(PYTHON) -m venv .venv-test
	$(TEST)/python $(INSTALL) --editable ".[$(TEST_EXTRAS)]"
	@touch $@
