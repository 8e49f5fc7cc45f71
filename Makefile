# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

SHELL := /bin/bash
.DEFAULT_GOAL := help

# The oldest Python that the tools run on; the first phase makes the environment for all others.
PYTHON = $(shell tools/find-python 3.13 3.12 3.11)
VENV := .venv/bin

.PHONY: help env env-old lock lint quick test demo bench campaign lab-up lab-down clean format

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

env: ## .venv: Python 3.13 or 3.12 with the locked tools
	tools/env main

env-old: ## .venv-old: the oldest supported leg, Python 3.11 and ansible-core 2.19
	tools/env old

lock: ## write requirements/*.txt anew from pyproject.toml
	tools/lock --upgrade

format: env ## let ruff format and fix what it can
	$(VENV)/ruff check --fix-only --quiet . && $(VENV)/ruff format .

lint: ## formatters, linters, licences, changelog, documentation
	@$(PYTHON) tools/phases lint

quick: ## no root, no lab, under a minute: linters and unit tests
	@$(PYTHON) tools/phases quick

test: ## everything that CI runs, with the time of each phase (root)
	@$(PYTHON) tools/phases test

demo: env ## lab, site.yml and the proof, from nothing to the table (root; KEEP=1 leaves the lab up)
	tools/demo

bench: env ## measure an unchanged site.yml, the check of a plan, many record sets, a change of pools, and split DNS, as ratios (root)
	$(VENV)/python -m bench.site
	$(VENV)/python -m bench.plan
	$(VENV)/python -m bench.dns_record
	$(VENV)/python -m bench.lb_pool
	$(VENV)/python -m bench.dns_client

campaign: env ## the long runs: the property tests with very many examples, the forecasts of very many changes, 500 Services, 20 workstations (root)
	HYPOTHESIS_PROFILE=campaign $(VENV)/pytest -q -n 2 tests/unit/plugins
	$(VENV)/python -m tests.lab.build --set all
	HOMELAB_FORECAST_SETS=5000 $(VENV)/pytest -v -n 2 --dist loadfile tests/integration/forecast
	HOMELAB_SERVICES=500 $(VENV)/pytest -v tests/integration/lb/test_spellings.py -k many_services
	HOMELAB_WORKSTATIONS=20 $(VENV)/pytest -v tests/integration/client/test_many.py

lab-up: env ## start the lab (root)
	$(VENV)/python -m tests.lab up

lab-down: ## stop the lab (root)
	$(VENV)/python -m tests.lab down

clean: ## remove environments, caches and results of the checkout; caches outside it stay
	rm -rf .venv .venv-old .cache .ansible .mypy_cache .pytest_cache .ruff_cache .hypothesis tests/output *.tar.gz
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
