# The one door: `make demo` and `make test` do all of their own set-up on a machine with only Python.
SHELL := /bin/sh
# the first Python on the path that is new enough; `make PYTHON=...` overrides it
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)
VENV := .venv
BIN := $(VENV)/bin
DEMO := runs/demo
# what `make bench` measures: any CSV file with a SMILES column
LIBRARY ?= examples/library.csv
CHROMIUM ?= $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)
export LANGSMITH_TRACING := false
export LANGGRAPH_STRICT_MSGPACK := true

.DEFAULT_GOAL := help
.PHONY: help setup demo test system lint types unit soak bench bench-trials verify-trials bench-safety docs picture clean

help:
	@echo "make setup    install into .venv (the other targets do it themselves)"
	@echo "make demo     screen the approved drugs and write a report"
	@echo "make test     ruff, mypy --strict, pytest"
	@echo "make soak     fifty kills at random moments, and what they leave"
	@echo "make bench    print the measurements; LIBRARY=file.csv measures another library"
	@echo "make bench-trials  the trial engine against gsdesign and lifelines"
	@echo "make verify-trials every trial design against 100,000 simulated trials (some minutes)"
	@echo "make bench-safety  false holds and speed of the safety gate"
	@echo "make docs     rewrite the pages of docs/ that are made from the code"
	@echo "make picture  redraw the picture of the README (needs chromium)"
	@echo "make clean    remove .venv and what was built; runs/ is kept"

setup: $(VENV)/.installed

# An interrupted set-up leaves .unfinished behind; the next one starts the environment anew, with what was downloaded.
# uv takes its package index and certificates from where pip would.
$(VENV)/.installed: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Benchside needs Python 3.11 or later; make PYTHON=/path/to/python setup"; exit 1; }
	@if [ -e $(VENV)/.unfinished ] || ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
		echo "making $(VENV)"; \
		$(PYTHON) -m venv --clear $(VENV) || { echo "$(PYTHON) cannot make environments; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }; \
	fi
	@touch $(VENV)/.unfinished
	@echo "installing into $(VENV); the first time this fetches about 2 GB"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@if [ -z "$$SSL_CERT_FILE" ] && [ -n "$$PIP_CERT" ]; then export SSL_CERT_FILE="$$PIP_CERT"; fi; \
		UV_FIND_LINKS="$${UV_FIND_LINKS:-$${PIP_FIND_LINKS:-}}" \
		UV_DEFAULT_INDEX="$${UV_DEFAULT_INDEX:-$${PIP_INDEX_URL:-https://pypi.org/simple}}" \
		$(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt -e ".[dev]"
	@rm -f $(VENV)/.unfinished
	@touch $@

demo: setup
	@$(BIN)/benchside screen approved-drugs --profile oral --workspace $(DEMO)

test: lint types unit

# On a build machine (CI=true, root, apt) the browser that some tests drive is installed; elsewhere those tests skip.
system:
	@if [ "$(CI)" = true ] && [ -z "$(CHROMIUM)" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium >/dev/null; \
	fi

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

unit: setup system
	$(BIN)/pytest -n 2 -m "not slow"

soak: setup
	$(BIN)/pytest -m slow

bench: setup
	$(BIN)/python benchmarks/properties.py $(LIBRARY)
	$(BIN)/python benchmarks/admet.py $(LIBRARY)
	$(BIN)/python benchmarks/screening.py $(LIBRARY)

# lifelines wants an older pandas than Benchside, so what is measured against gets an environment of its own
bench-trials: setup
	@test -x .venv-bench/bin/python || { $(BIN)/python -m venv .venv-bench && \
		UV_DEFAULT_INDEX="$${UV_DEFAULT_INDEX:-$${PIP_INDEX_URL:-https://pypi.org/simple}}" \
		$(BIN)/uv pip install --quiet --python .venv-bench/bin/python numpy scipy pydantic lifelines gsdesign; }
	PYTHONPATH=src .venv-bench/bin/python benchmarks/trial_design.py

verify-trials: setup
	$(BIN)/python benchmarks/trial_verify.py

bench-safety: setup
	$(BIN)/python benchmarks/safety.py

docs: setup
	$(BIN)/python docs/build.py

# Only the example library is in the picture: the approved-drug table is not ours to show.
picture: setup
	@test -n "$(CHROMIUM)" || { echo "needs chromium"; exit 1; }
	rm -rf runs/picture
	$(BIN)/benchside screen examples/library.csv --profile oral --no-approved-background --workspace runs/picture
	$(CHROMIUM) --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir=runs/picture/.browser \
		--window-size=1400,1330 --screenshot=$(CURDIR)/docs/report.png \
		"file://$$(ls $(CURDIR)/runs/picture/reports/*.html)" 2>/dev/null
	@ls -l docs/report.png

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
