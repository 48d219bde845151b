# `make run` and `make test` need nothing but Python 3.11+ and make.
PYTHON ?= python3
# Version of uv that installs the environment where no uv is on the PATH.
UV_VERSION := 0.13.9

VENV    := .venv
BIN     := $(VENV)/bin
C360    := $(BIN)/customer360

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test lint airflow generate online-retail env lock clean setup

help:  ## List the commands
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' Makefile

run: $(VENV)/.runtime  ## Run the whole pipeline; makes example data if there is none
	@$(C360) generate --if-new
	@$(C360) run

# A third of what is installed is imported, and compiled then, whoever starts it.
test: export PYTHONDONTWRITEBYTECODE =
# In the order of the folders: by default files of few tests come last, and those
# are the slow ones, which would keep one process busy while the other has no work.
test: $(VENV)/.development  ## Run the linters and every test
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/sqlfluff lint --processes 0 --disable-progress-bar dbt_project/models dbt_project/tests
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

lint: $(VENV)/.development  ## Put the code in shape, then check it
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(BIN)/sqlfluff lint --processes 0 --disable-progress-bar dbt_project/models dbt_project/tests

airflow: $(VENV)/.runtime  ## Start Airflow's web interface and scheduler
	@$(C360) airflow

generate: $(VENV)/.runtime  ## Write example data into landing/
	@$(C360) generate

online-retail: $(VENV)/.runtime  ## Run the worked example: FILE=online_retail.csv.gz EXPORT=folder
	@$(BIN)/python examples/online_retail/run.py '$(FILE)' '$(EXPORT)'

env: $(VENV)/.runtime  ## Write .env with generated secrets, for docker compose
	@$(C360) env

lock:  ## Renew the locked requirements from requirements*.in
	@test -x $(BIN)/uv || { $(PYTHON) -m venv $(VENV) && $(BIN)/pip install --quiet uv==$(UV_VERSION); }
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --upgrade \
	    --generate-hashes --no-header requirements.in --output-file requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --upgrade \
	    --generate-hashes --no-header requirements-dev.in --output-file requirements-dev.txt

clean:  ## Stop the server and remove everything that was made, landing/ excepted
	@test ! -x $(C360) || $(C360) db stop || true
	rm -rf .customer360 $(VENV) dbt_project/target dbt_project/logs dbt_project/dbt_packages
	rm -f powerbi_data/*.csv powerbi_data/manifest.json

setup: $(VENV)/.runtime

# uv where there is one or pip can get one, else pip itself.
define install
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	    || { echo 'error: Python 3.11 to 3.13 is needed: make PYTHON=python3.12 …' >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo 'Installing the environment into $(VENV) …'
	@command -v uv >/dev/null || test -x $(BIN)/uv \
	    || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION) || true
	@uv=$$(command -v uv || echo $(BIN)/uv); \
	if VIRTUAL_ENV=$(CURDIR)/$(VENV) $$uv pip install --quiet --require-hashes $(1) 2>$(VENV)/uv.log; then \
	    VIRTUAL_ENV=$(CURDIR)/$(VENV) $$uv pip install --quiet --no-deps --editable .; \
	else \
	    echo 'uv could not install it ($(VENV)/uv.log says why); trying pip …'; \
	    $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes $(1) \
	    && $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .; \
	fi
	@touch $@
endef

$(VENV)/.runtime: requirements.txt pyproject.toml
	$(call install,--compile --requirement requirements.txt)

$(VENV)/.development: requirements.txt requirements-dev.txt pyproject.toml
	$(call install,--requirement requirements.txt --requirement requirements-dev.txt)
	@touch $(VENV)/.runtime
