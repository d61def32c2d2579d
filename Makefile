# Every command sets up what it needs; `make help` lists them.
PYTHON_IN_VENV := .venv/bin/python
SETUP := @deploy/setup.sh

.DEFAULT_GOAL := help
.PHONY: help setup demo run test faults lint bench emails up down logs ps backup restore upgrade rehearse sbom clean

help: ## say what each command does
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install what is missing on this machine; the others do this by themselves
	$(SETUP)

demo: ## start everything, report one milestone, show each email it makes, stop everything
	$(SETUP)
	@$(PYTHON_IN_VENV) -m prasan.demo

run: ## the same system, left running with its addresses printed, until Ctrl-C
	$(SETUP)
	@$(PYTHON_IN_VENV) -m prasan.run

test: ## the whole suite but the long faults, in three workers, against a real broker, database and mail server
	$(SETUP) base mail
	$(PYTHON_IN_VENV) -m pytest -m "not slow" -n 3 --dist loadgroup $(TESTS)

faults: ## kill, freeze and starve every part under load, and count what was lost (sixteen minutes at most)
	$(SETUP)
	timeout --signal=INT --kill-after=30 960 $(PYTHON_IN_VENV) -m pytest -v tests/faults

lint: ## style, formatting, types, and which module may import which
	$(SETUP)
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy $$(deploy/typed-modules.sh)
	.venv/bin/lint-imports

bench: ## measure speed and memory beside other software, and print the table
	@deploy/setup.sh bench
	@$(PYTHON_IN_VENV) -m benchmarks

emails: ## a picture of every email, in both languages, on a desktop and a phone, under screenshots/
	@deploy/setup.sh base emails
	@$(PYTHON_IN_VENV) -m services.notifications.gallery --out screenshots/
	@$(PYTHON_IN_VENV) -m prasan.copies screenshots/

up: ## deploy with docker-compose: checks, writes .env, builds, starts, waits until all is healthy
	@deploy/operate.sh up

down: ## stop the deployment; its data stays
	@deploy/operate.sh down

logs: ## follow what the deployment says, until Ctrl-C
	@deploy/operate.sh logs

ps: ## the deployment's containers, and how each is
	@deploy/operate.sh ps

backup: ## all three databases into one file under backups/
	@deploy/operate.sh backup

restore: ## put a backup back: make restore FILE=backups/…; REPLACE=yes where there is data
	@deploy/operate.sh restore "$(FILE)"

upgrade: ## back up, build this folder's version, migrate, wait until healthy; or go back to the old one
	@deploy/operate.sh upgrade

rehearse: ## run this deployment in containers, break it, restore it, upgrade it; REHEARSE="--list" tells more
	$(SETUP)
	@$(PYTHON_IN_VENV) -m rehearsal $(REHEARSE)

sbom: ## list what the image consists of, in CycloneDX, under dist/
	$(SETUP)
	@deploy/sbom/make.sh

clean: ## remove what the other commands made here, .venv too
	rm -rf .venv .run build dist screenshots .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +
	rm -rf prasan.egg-info .import_linter_cache
