# Needs python3 (3.11 or newer), venv and make; uses Docker when it is there.
PYTHON ?= python3
VENV := .venv
PIP := $(VENV)/bin/pip --disable-pip-version-check --quiet --quiet
RUN := $(VENV)/bin/python magentic_one_orchestrator.py

.DEFAULT_GOAL := help
.PHONY: help run test check bench format rules lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/compiled ## Solve the bundled sample incident; other input: make run ARGS="path --task '...'"
	$(RUN) investigate $(ARGS)

test: $(VENV)/installed-dev $(VENV)/compiled ## Run every test; choose some: make test PYTEST_ARGS="tests/cli -k help"
	$(VENV)/bin/python -m pytest $(PYTEST_ARGS)

check: $(VENV)/installed-dev $(VENV)/compiled ## Formatting, lint, types, import direction, documentation
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/python -m pytest -q tests/test_docs.py

bench: $(VENV)/installed-dev $(VENV)/compiled ## Measure speed and accuracy on this machine
	@for script in $(wildcard benchmarks/*.py); do echo "== $$script"; $(VENV)/bin/python "$$script" || exit; done

format: $(VENV)/installed-dev ## Put the code into the house format
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

# With the oldest Python we support (Debian 12 has 3.11.2): a newer one may pick packages that it cannot install.
rules: $(VENV)/installed ## After a change of rules, tables or templates: write docs/rules.md and what is read instead of them anew
	$(VENV)/bin/python -m responder.shipped > responder/tables.json
	$(VENV)/bin/python -m responder.reporting.pages > responder/reporting/templates/programs.json
	$(VENV)/bin/python -m responder.triage.coverage needs > responder/triage/rules/needs.json
	$(VENV)/bin/python -m responder.triage.coverage > docs/rules.md

lock: ## Resolve requirements-dev.txt anew into requirements.lock
	rm -rf build/lock && $(PYTHON) -m venv build/lock
	build/lock/bin/pip --disable-pip-version-check --quiet install -r requirements-dev.txt
	@echo "# Every package of a clean installation of requirements-dev.txt, as constraints for pip. Made by: make lock" \
		> requirements.lock
	build/lock/bin/pip freeze >> requirements.lock

clean: ## Remove the virtual environment and every cache; reports stay
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info build dist
	rm -f responder/triage/_speed.*.so responder/ci/_passed.*.so
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "error: Python 3.11 or newer is needed; try: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: requirements.txt requirements.lock | $(VENV)/bin/pip
	@echo "installing the pinned packages into $(VENV) (once, about a minute)"
	$(PIP) install -r requirements.txt -c requirements.lock
	@$(VENV)/bin/python -m compileall -q responder # the first start is then as fast as the next ones
	@touch $@

$(VENV)/installed-dev: requirements-dev.txt $(VENV)/installed
	@echo "installing the test tools into $(VENV) (once)"
	$(PIP) install -r requirements-dev.txt -c requirements.lock
	@touch $@

# Triage reads logs several times as fast with it; without a compiler it takes the slower way to the same result.
$(VENV)/compiled: responder/triage/_speed.c $(wildcard responder/triage/speed/*.h) responder/ci/_passed.c $(VENV)/installed
	@include=$$($(VENV)/bin/python -c 'import sysconfig; print(sysconfig.get_path("include"))'); \
	( command -v $(CC) >/dev/null && test -e "$$include/Python.h" \
		&& for source in $(filter %.c,$^); do \
			$(CC) -std=c11 -O3 -Wall -Wextra -shared -fPIC -I"$$include" $$source -o $${source%.c}.abi3.so || exit; \
		done ) \
		|| echo "no C compiler or no Python headers (Debian: gcc python3-dev): large logs will take longer"
	@touch $@
