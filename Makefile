# Bursar's commands. Nothing but Python 3.11 and make is needed beforehand.
#   make run PORT=9000        another port
#   make test ARGS="-k refund"

PYTHON ?= $(shell command -v python3.11 || command -v python3)
OPS = @$(PYTHON) -m ops
export PORT HOST WEB_WORKERS DEMO

.PHONY: help run stop test check bench audit backup fmt docs mail lock sdk texts sbom setup

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

run: ## start everything and print the addresses; Ctrl-C stops it
	$(OPS) run
stop: ## stop what `make run` started, from another terminal
	$(OPS) stop
test: ## the whole test suite, browser tests included
	$(OPS) test $(ARGS)
check: ## style, types, walls, templates, security
	$(OPS) check $(ARGS)
bench: ## the speed figures, and what an order may cost; ARGS=short for a minute's worth
	$(OPS) bench $(ARGS)
audit: ## prove the books and the invariants of the running data
	$(OPS) flask audit $(ARGS)
backup: ## keep everything in one file; ARGS="path/of/the.backup"
	$(OPS) flask backup $(ARGS)
fmt: ## put the code into the house's form
	$(OPS) fmt
mail: ## the mails that were sent to buyers on this machine
	$(OPS) mail $(ARGS)
docs: ## write the tables of docs/reference that come from the code
	$(OPS) docs
lock: ## resolve requirements*.in again
	$(OPS) lock
sdk: ## build the browser SDK
	$(OPS) sdk
texts: ## bring the translations up to the texts in code, templates and SDK
	$(OPS) texts $(ARGS)
sbom: ## write what is installed with it, in the form that scanners read, to var/sbom.json
	$(OPS) sbom $(ARGS)
setup: ## only install what is needed, tools included
	$(OPS) setup
