# The targets that CONTRIBUTING.md and the README speak of; `run` and `test` are the two commands.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
DATA   ?= data

.PHONY: reference run install test install-dev check demo test-outside install-outside bench bench-servers bench-clients lock clean format

run: install
	$(BIN)/sealyard serve --data-dir $(DATA) --listen localhost:5443 --name myregistry

install: $(VENV)/.installed
test: install-dev
	$(BIN)/python -m pytest
	@echo "make test-outside would also run the real docker, dockerd, notary, skopeo, podman and az."

install-dev: $(VENV)/.installed-dev

# The article's story on a throw-away registry, with Sealyard's own client.
demo: install-dev
	$(BIN)/python demo/story.py

install-outside: install-dev
	tests/outside/install.sh $(BIN)/python

# The real docker, dockerd, notary, skopeo, podman and az against a registry that each test starts.
test-outside: install-outside
	$(BIN)/python -m pytest tests/outside --timeout=900 --durations=15

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("Sealyard needs Python 3.11 or newer; say which with make PYTHON=…" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml locks/server.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r locks/server.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/bin/python pyproject.toml locks/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r locks/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(VENV)/.installed $@

check: install-dev
	$(BIN)/ruff format --check src tests bench demo
	$(BIN)/ruff check src tests bench demo
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m pytest tests/house

format: install-dev
	$(BIN)/ruff format src tests bench demo
	$(BIN)/ruff check --fix src tests bench demo

# The pages under docs/reference are made from the code; tests fail when they are stale.
reference: install-dev
	$(BIN)/python -c 'from sealyard.settings import reference; print(reference(), end="")' > docs/reference/settings.md
	$(BIN)/python -c 'from sealyard.cli.reference import reference; print(reference(), end="")' > docs/reference/cli.md
	$(BIN)/python -c 'from sealyard.bootstrap.description.reference import reference; print(reference(), end="")' > docs/reference/openapi.json

# Pins everything anew; needs uv, names no package index.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra server --group build pyproject.toml -o locks/server.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra server --extra keyring --group build --group dev pyproject.toml -o locks/dev.txt
	echo azure-cli==2.86.0 | uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header - -o locks/az-2.86.txt
	echo azure-cli | uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --upgrade-package azure-cli - -o locks/az-newest.txt
	echo schemathesis | uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header - -o locks/schemathesis.txt

# Side by side with the peers, the server's and the client's.
bench: bench-servers bench-clients

# With Debian's docker-registry and notary-server; ROWS='blob*' for some rows only.
ROWS ?= *
bench-servers: install-outside
	PYTHONPATH=tests/simulators $(BIN)/python bench/run.py --rows '$(ROWS)' $(BENCH_OPTIONS)

# Sealyard's client with docker's content trust and with skopeo.
bench-clients: install-outside
	PYTHONPATH=tests/outside $(BIN)/python bench/clients.py $(CLIENT_BENCH_OPTIONS)

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache build dist
