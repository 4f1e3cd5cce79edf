# Each target sets up what it needs: a virtual environment, installed once from constraints.txt.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
LOWEST := .venv-lowest

.PHONY: demo test test-readme test-wheel test-lowest faults lint bench clean

demo: $(INSTALLED)
	$(BIN)/python examples/run_sample_demo.py --output_dir outputs/demo

test: $(INSTALLED)
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile

faults: $(INSTALLED)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses auto --dist load -m faults -rP --show-capture stdout tests/faults

test-readme: $(INSTALLED)
	XLQA_README=1 $(BIN)/python -m pytest tests/readme

test-wheel: $(INSTALLED)
	XLQA_WHEEL=1 $(BIN)/python -m pytest tests/wheel

test-lowest: $(LOWEST)/.installed
	$(LOWEST)/bin/python -m pytest --numprocesses auto --dist loadfile

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.bench-installed
	OMP_NUM_THREADS=1 $(BIN)/python examples/benchmarks/run_all.py --output outputs/benchmarks.json

clean:
	rm -rf $(VENV) $(LOWEST) build dist outputs *.egg-info

$(INSTALLED): setup.cfg setup.py pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[demo,lint,test]"
	touch $@

$(VENV)/.bench-installed: $(INSTALLED)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[bench]"
	touch $@

$(LOWEST)/.installed: setup.cfg setup.py pyproject.toml constraints-lowest.txt
	$(PYTHON) -m venv $(LOWEST)
	$(LOWEST)/bin/python -m pip install --quiet --constraint constraints-lowest.txt --editable ".[test]"
	touch $@
