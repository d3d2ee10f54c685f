# The commands of this project. What each one does: README.md, "Commands".
# Needs Python 3.11+ with venv and pip, nothing else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
DATA_DIR ?= var
export PORT DATA_DIR
# A process of ours starts in two seconds with compiled modules and takes seven to compile them.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup setup-run demo test quick check audit bench fuzz lock screenshots format

setup: $(VENV)/.run-installed $(VENV)/.dev-installed
setup-run: $(VENV)/.run-installed

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] + ". Name another one: make demo PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	@echo "Installing into $(VENV), once …"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run-installed: requirements.txt | $(BIN)/pip
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-compile --no-deps --only-binary :all: --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.dev-installed: requirements-dev.txt $(VENV)/.run-installed
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-compile --no-deps --only-binary :all: --require-hashes -r requirements-dev.txt
	@touch $@

# One process that starts web, worker and beat and ends them all (netzwerk/management/commands/demo.py).
demo: setup-run
	@exec env DEMO=1 $(BIN)/python manage.py demo --port $(PORT)

test: setup
	@exec $(BIN)/python -m tests.run $(ARGS)

# The inner loop: units and pages on SQLite.
quick: setup
	@exec $(BIN)/python -m tests.run --quick $(ARGS)

check: setup
	@exec $(BIN)/python -m tests.check

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/djade --target-version 5.2 $$(find templates -name '*.html')

# Asks the package index for known weaknesses, so not part of check.
audit: setup
	@exec $(BIN)/python -m tests.audit

bench: setup
	@exec $(BIN)/python -m tests.bench $(ARGS)

# Mutated mails through the reader, for some minutes: ARGS="--count 1000 --seed 2".
fuzz: setup
	@exec $(BIN)/python -m tests.fuzz $(ARGS)

screenshots: setup
	@exec $(BIN)/python -m tests.screenshots $(ARGS)

lock: setup
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --upgrade pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --upgrade -c requirements.txt --group dev -o requirements-dev.txt
