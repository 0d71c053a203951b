# The one door: `make demo` and `make test` do all of their own set-up on a machine with only Python.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export LANGSMITH_TRACING := false
export LANGGRAPH_STRICT_MSGPACK := true

.PHONY: help setup demo test lint types unit soak bench picture clean

help:
	@echo "make setup   install into .venv"
	@echo "make demo    screen the approved drugs and write a report"
	@echo "make test    ruff, mypy --strict, pytest"
	@echo "make soak    the long kill and fuzz tests"
	@echo "make bench   print the figures that the README quotes"
	@echo "make picture redraw the picture of the README (needs chromium)"

setup: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	UV_FIND_LINKS="$${PIP_FIND_LINKS:-}" $(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt -e ".[dev]"
	touch $@

test: lint types unit

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

unit: setup
	$(BIN)/pytest -n 2 -m "not slow"

soak: setup
	$(BIN)/pytest -m slow

clean:
	rm -rf $(VENV) build dist *.egg-info
