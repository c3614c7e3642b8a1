# make demo    set up, build both examples, say where the reports are
# make test    set up and pass the tests
# make lint    style and types        make docs    the documentation as a site

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
CUSTOMERS ?= 5000

.PHONY: demo test setup lint docs reference clean

demo: $(VENV)/.installed
	$(BIN)/huaxiang demo examples --customers $(CUSTOMERS)

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto --dist loadgroup -q --durations=30

setup: $(VENV)/.dev

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

reference: $(VENV)/.dev
	$(BIN)/python tools/reference.py

docs: $(VENV)/.dev
	$(BIN)/zensical build --strict --clean

clean:
	rm -rf $(VENV) build dist site

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Huaxiang needs Python 3.11 or newer. Name one: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "Python can't make a virtual environment here. On Debian and Ubuntu: sudo apt-get install python3-venv"; \
		exit 1; }

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable '.[grocery]'
	@touch $@

$(VENV)/.dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $@
