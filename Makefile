.POSIX:
PYTHON ?= python3
READY = .venv/installed
SUPPORTED = import sys; (3, 11) <= sys.version_info < (3, 14) or sys.exit("dcl needs Python 3.11 to 3.13; $(PYTHON) is %d.%d: make PYTHON=python3.12" % sys.version_info[:2])

.PHONY: help reproduce test faults lint book pdf browser calphad mutation bench couplings accuracy-peers cluster notebooks lock clean

help:
	@echo 'make reproduce   every figure of the quick profile, then the book in build/site'
	@echo 'make test        lint, types, tests, and every notebook with the smoke profile'
	@echo 'make faults      80 kills, 13,000 damaged files, and other faults: some minutes'
	@echo 'make lint        ruff and mypy only'
	@echo 'make book        the book from the notebooks executed so far'
	@echo 'make pdf         the same as build/dcl.pdf, printed by Chromium'
	@echo 'make browser     the built book opened in Chromium: every page, both colour schemes'
	@echo 'make calphad     phase diagrams of tin and bismuth beside pycalphad'
	@echo 'make mutation    proof that the notebooks notice three mistakes put into the package'
	@echo 'make bench       speed beside mcising, peapods and torch: build/bench.json, some minutes'
	@echo 'make couplings   a law learned at T = 4, simulated by peapods at other temperatures'
	@echo 'make accuracy-peers  errors of PyPLM and adabmDCA on our snapshots: half an hour'
	@echo 'make cluster     the Snakefile on a Slurm of one node, if root (Debian), some minutes'
	@echo 'make notebooks   each notebooks/*.ipynb anew from its .py'
	@echo 'make lock        requirements.lock anew from pyproject.toml (needs uv)'
	@echo 'make clean       remove build/ and caches; results/ and .venv/ stay'

reproduce: $(READY)
	.venv/bin/dcl reproduce

test: lint
	NUMBA_NUM_THREADS=1 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 .venv/bin/python -m pytest -n logical --maxprocesses 4 --dist loadfile src tests

faults: $(READY)
	DCL_KILLS=20 DCL_CASES=600 .venv/bin/python -m pytest -s tests/faults

lint: $(READY)
	.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy

book: $(READY)
	.venv/bin/python -m dcl.book.build

pdf: $(READY)
	sh tests/browser/chromium.sh
	.venv/bin/python -m dcl.book.printing

browser: build/checker/installed
	sh tests/browser/chromium.sh
	build/checker/bin/python -m pytest -o addopts= --confcutdir=tests/browser -q -n 2 tests/browser/check_*.py

calphad: $(READY) build/calphad/installed
	PYTHONPATH="$$PWD/build/calphad" .venv/bin/python -c 'import pycalphad'
	PYTHONPATH="$$PWD/build/calphad" .venv/bin/python -m pytest -q -k pycalphad tests/chapters/test_calphad.py

mutation: $(READY)
	.venv/bin/python -m pytest -q --durations=0 tests/notebooks/mutation.py

bench: $(READY) build/peers/installed
	.venv/bin/python benchmarks/bench.py

couplings: $(READY) build/peers/installed
	.venv/bin/python benchmarks/learned_couplings.py

accuracy-peers: $(READY) build/accuracy-peers/installed
	.venv/bin/python benchmarks/accuracy_peers.py

cluster: $(READY) build/cluster/installed
	PYTHONPATH="$$PWD/build/cluster" .venv/bin/python tests/cluster/single_node.py --install || [ $$? -eq 77 ]

notebooks: $(READY)
	.venv/bin/python tests/notebooks/refresh.py

$(READY): requirements.lock
	@$(PYTHON) -c '$(SUPPORTED)'
	@echo 'Installing the locked packages into .venv: some minutes.'
	$(PYTHON) -m venv --clear .venv
	.venv/bin/python -m pip install --quiet --require-hashes -r requirements.lock
	.venv/bin/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $(READY)

build/peers/installed: benchmarks/requirements-peers.txt
	$(PYTHON) -m venv --clear build/peers
	build/peers/bin/python -m pip install --quiet -r benchmarks/requirements-peers.txt
	@touch $@

build/accuracy-peers/installed: benchmarks/requirements-accuracy-peers.txt
	$(PYTHON) -m venv --clear build/accuracy-peers
	build/accuracy-peers/bin/python -m pip install --quiet -r benchmarks/requirements-accuracy-peers.txt
	@touch $@

build/checker/installed: tests/browser/requirements.txt
	$(PYTHON) -m venv --clear build/checker
	build/checker/bin/python -m pip install --quiet -r tests/browser/requirements.txt
	@touch $@

build/calphad/installed: tests/calphad/requirements.txt $(READY)
	rm -rf build/calphad
	.venv/bin/python -m pip install --quiet --no-deps --target build/calphad -r tests/calphad/requirements.txt
	@touch $@

build/cluster/installed: tests/cluster/requirements.txt $(READY)
	rm -rf build/cluster
	.venv/bin/python -m pip install --quiet --no-deps --target build/cluster -r tests/cluster/requirements.txt
	@touch $@

lock:
	uv pip compile pyproject.toml --universal --python-version 3.11 --fork-strategy fewest --generate-hashes --extra book --extra test --extra build --no-emit-index-url --no-annotate --no-header -o requirements.lock

clean:
	rm -rf build .mypy_cache .pytest_cache .ruff_cache .hypothesis .snakemake
