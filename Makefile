# Everything a newcomer needs: `make demo` and `make test`. Each makes .venv itself.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed

.PHONY: demo test run check acceptance faults fuzz soak bench bench-grown bench-crawl bench-cluster bench-scale bench-spikes bench-web bench-identity identity coverage letters manual clean

demo: $(STAMP)
	$(BIN)/newswatch demo

# Three at once on two cores, as many wait for a server or a process most of their time.
test: $(STAMP)
	$(BIN)/python -m pytest -m "not acceptance" -n 3

run: $(STAMP)
	$(BIN)/newswatch run

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest tests/test_house.py

# The longest files first, so that both workers end together.
LONGEST := tests/test_whole_way.py tests/test_wires.py

acceptance: $(STAMP)
	$(BIN)/python -m pytest -m acceptance -n 2 --dist loadfile --no-loadscope-reorder -p no:randomly --timeout 600 --durations 10 \
		$(LONGEST) $(filter-out $(LONGEST),$(wildcard tests/test_*.py))

# 200 kills of a real daemon (before Postfix, where there is one), every clock, then all steps of all faults: some two
# hours on two cores; FAULTS_EVERY=10 plays a tenth of the steps.
faults: $(STAMP)
	NEWSWATCH_LONG=1 $(BIN)/python -m pytest -m long -n 2 --timeout 3600
	$(BIN)/python tests/faulting.py $(FAULTS_EVERY)

# Bent bytes for every reader of outside data, FUZZ of them each (10,000): pages take most of an hour.
fuzz: $(STAMP)
	$(BIN)/python tests/fuzzing.py $(FUZZ)

# A month of made-up wires under a driven clock; SOAK="--days 30 --articles 300".
soak: $(STAMP)
	$(BIN)/python bench/soak.py $(SOAK)

bench: $(STAMP)
	$(BIN)/python bench/run.py

# A store of a million articles, half an hour's growing; GROWN="--articles 100000 --store FILE".
bench-grown: $(STAMP)
	$(BIN)/python bench/grown.py $(GROWN)

# Every figure of the crawl, with what was wanted; READER=PYTHON names one that has `reader` to compare with.
bench-crawl: $(STAMP)
	$(BIN)/python bench/whole_way.py
	$(BIN)/python bench/stored.py
	$(BIN)/python bench/reading.py
	$(BIN)/python bench/pages.py
	$(BIN)/python bench/polling.py
	$(BIN)/python bench/looks.py
	$(BIN)/python bench/idle.py
	$(BIN)/python bench/unchanged.py $(if $(READER),--reader $(READER))

# Workers on a Dask cluster of this machine's processes, two minutes; CLUSTER="--most 4".
bench-cluster: $(STAMP)
	$(BIN)/python bench/cluster.py $(CLUSTER)

# How far one writer goes, without sockets, seven minutes; python bench/scale.py feeds --hours 6 --within 7200 is longer.
bench-scale: $(STAMP)
	$(BIN)/python bench/scale.py settle --stages --articles 3000
	$(BIN)/python bench/scale.py feeds
	$(BIN)/python bench/scale.py day --stages

# Rules that tell of how much they find, on six weeks of a wire, on both recorded sites, and what they cost.
bench-spikes: $(STAMP)
	$(BIN)/python bench/spikes.py wire
	$(BIN)/python bench/spikes.py sites
	$(BIN)/python bench/spikes.py cost

# Each page of `newswatch web` on a store of 100,000 articles, half an hour on a busy machine; WEB="--articles 1000000 --store FILE".
bench-web: $(STAMP)
	$(BIN)/python bench/web.py $(WEB)

bench-identity: $(STAMP)
	$(BIN)/python bench/identity/measure.py

identity: $(STAMP)
	$(BIN)/python bench/identity/learn.py

letters: $(STAMP)
	$(BIN)/python bench/letters.py var/letters

# The man page and the shells' completions, out of the command line itself.
manual: $(STAMP)
	$(BIN)/python deploy/manual.py deploy/share

coverage: $(STAMP)
	$(BIN)/python -m pytest -m "not acceptance" -n 2 --cov --cov-report=term-missing

$(STAMP): constraints.txt constraints-test.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r constraints.txt -r constraints-test.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $(STAMP)

clean:
	rm -rf $(VENV) build dist .coverage .coverage.* .mypy_cache .ruff_cache
