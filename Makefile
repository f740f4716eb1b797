# PORT=8000 HOST=127.0.0.1 make run
PYTHON ?= python3
PY := .venv/bin/python
# One more than there are cores: many tests wait for a browser, a worker or a server.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
export PYTHONUNBUFFERED = 1

.PHONY: help run setup stop test lint format bench fuzz drill realdata messages messages-check lock

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /|/' | column -t -s '|'

run: ## Start everything on this machine; prints address and log-ins; Ctrl-C ends it
	@$(PYTHON) tools/environment.py run
	@exec $(PY) -m opsdesk.run

setup: ## Environment, database and migrations, no web server
	@$(PYTHON) tools/environment.py run
	@$(PY) -m opsdesk.run --setup-only

stop: ## Stop the embedded PostgreSQL and Redis
	@$(PY) -m opsdesk.development stop
	@if [ -d var/test ]; then OPSDESK_VAR=var/test $(PY) -m opsdesk.development stop; fi

test: ## The whole suite, on servers of its own
	@$(PYTHON) tools/environment.py dev --tests
	@exec $(PY) -m tests.runner -n $(WORKERS) --dist loadgroup $(ARGS)

lint: ## ruff and mypy
	@$(PYTHON) tools/environment.py dev
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m tools.offline mypy
	$(PY) -m mypy --config-file clients/python/pyproject.toml clients/python/opsdesk_client

format: ## Let ruff rewrite the code
	@$(PYTHON) tools/environment.py dev
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

bench: ## Speed against hand-written SQL in the same run
	@$(PYTHON) tools/environment.py dev
	@exec $(PY) -m tests.bench $(ARGS)

fuzz: ## Ask the REST interface at length what its description allows, and what not
	@$(PYTHON) tools/environment.py dev --tests
	@EXAMPLES=200 $(PY) -m tests.runner tests/test_schema.py $(ARGS)

drill: ## Rehearse a restore: back up, restore beside, verify, compare; prints seconds
	@$(PYTHON) tools/environment.py run
	@exec $(PY) manage.py drill $(ARGS)

realdata: ## Real files of real shops: make realdata DATA=DIR
	@$(PYTHON) tools/environment.py dev
	@test -n "$(DATA)" || { echo "Say where the files are: make realdata DATA=DIR" >&2; exit 2; }
	@exec $(PY) -m tests.realdata "$(DATA)" $(ARGS)

messages: ## Collect the texts to translate, compile the translations
	@$(PYTHON) tools/environment.py dev --tests
	@$(PY) -m tools.messages update

messages-check: ## Fail on a text without a translation
	@$(PYTHON) tools/environment.py dev --tests
	@$(PY) -m tools.messages check

lock: ## Resolve the pins of pyproject.toml again into locks/
	@$(PYTHON) tools/environment.py dev
	@$(PYTHON) tools/lock.py
