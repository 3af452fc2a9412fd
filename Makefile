# Two commands do all the set-up: 'make demo' and 'make test'. Both need only Python (3.10+) and make.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.PHONY: demo test check samples clean

demo: $(VENV)/core.installed
	@# Exit code 1 means that something could not be checked, and the summary says what.
	$(BIN)/moderation scan samples/ --output queue.csv || test $$? -eq 1
	$(BIN)/moderation show queue.csv

test: $(VENV)/test.installed check
	$(BIN)/python -m pytest

check: $(VENV)/test.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

samples: $(VENV)/core.installed
	@# samples/queue.csv is the committed answer; a test compares it with a new scan.
	rm -f samples/queue.csv
	cd samples && ../$(BIN)/moderation scan . --model compact --output queue.csv || test $$? -eq 1
	rm -f samples/queue.receipt.json samples/queue.scores.parquet samples/queue.cache.sqlite

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/core.installed: pyproject.toml $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/test.installed: pyproject.toml constraints.txt $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[test]'
	@touch $@ $(VENV)/core.installed

clean:
	rm -rf $(VENV) build dist
