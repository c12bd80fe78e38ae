# Needs Python 3.11 to 3.13 with venv, and make. Everything else goes into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Tests start many processes: where this is set, each would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install demo run test check lock bench soak pictures

help:
	@echo "make demo      try it in the browser: no token, no network"
	@echo "make run       run the bot with the settings of .env"
	@echo "make test      run the tests"
	@echo "make check     lint, format and types"
	@echo "make install   set-up only"
	@echo "make bench     measure; make soak: the long reliability tests; make pictures: remake those of docs/"
	@echo "make lock      pin the dependencies anew"

install: $(READY)

# uv, taken from the same hashed lock, installs the rest in seconds; where it cannot, pip does. Both compile what they
# install: else the first `make test` would do so, and whoever tries the demo would wait for it there.
$(READY): requirements.lock pyproject.toml
	@echo "Setting up $(VENV) (once, well under a minute with a good network) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > $(VENV)/uv.lock
	@$(BIN)/python -m pip install --quiet --require-hashes -r $(VENV)/uv.lock
	@echo "Installing the dependencies of requirements.lock ..."
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock \
		|| $(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@
	@echo "Set up."

demo: $(READY)
	@$(BIN)/labelbot demo

run: $(READY)
	@$(BIN)/labelbot run

# four for two cores: many tests wait for the clock or the network
test: $(READY)
	@$(BIN)/python -m pytest --numprocesses 4 --dist worksteal

check: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: $(READY)
	@$(BIN)/python -m benchmarks

soak: $(READY)
	@$(BIN)/python -m tests.soak

pictures: $(READY)
	@$(BIN)/python -m docs.pictures

lock:
	@test -x $(BIN)/uv || $(MAKE) install
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--no-annotate --all-extras pyproject.toml --output-file requirements.lock
