# Each target does its own set-up. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
export UV_PROJECT_ENVIRONMENT := $(CURDIR)/.venv
export UV_PYTHON_DOWNLOADS := never
export UV_NO_PROGRESS := 1
PY := .venv/bin/python
UV := .venv/bin/uv
UV_VERSION := 0.13.9
BOOTSTRAP_PYTHON ?= python3
LOCKED := uv.lock pyproject.toml python/alpha_bench/pyproject.toml python/nbcode/pyproject.toml python/nbcode_runtime/pyproject.toml

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*?## ' $(MAKEFILE_LIST) | sort | awk -F ':.*?## ' '{printf "  make %-17s %s\n", $$1, $$2}'

setup: .venv/.runtime ## .venv with nbcode in it; afterwards .venv/bin/nbcode works

.venv/.uv:
	@echo "setup: virtual environment"
	@$(BOOTSTRAP_PYTHON) -m venv .venv
	@.venv/bin/pip install --quiet --disable-pip-version-check "uv==$(UV_VERSION)"
	@touch $@

# Bytecode is compiled at set-up: without it each start of the program would pay for it again.
.venv/.runtime: .venv/.uv $(LOCKED)
	@echo "setup: installing the locked packages"
	@$(UV) sync --frozen --inexact --no-dev --compile-bytecode --quiet
	@$(PY) -m compileall -q python
	@echo "setup: compiling the kernels of alpha_bench"
	@$(PY) scripts/warm_up.py
	@touch $@

.venv/.dev: .venv/.runtime
	@echo "setup: installing the tools for development"
	@$(UV) sync --frozen --inexact --compile-bytecode --quiet
	@touch $@

dev: .venv/.dev ## what tests and checks need, on top of setup

system: ## Debian packages that the real-component tests use (needs root; skipped tests are counted without)
	@bash scripts/system-packages.sh

demo: .venv/.runtime ## the tagged example notebook becomes a registered candidate by a clean run
	@.venv/bin/nbcode promote examples/xsmom_v3/notebook.ipynb

check: .venv/.dev ## ruff, mypy --strict, import-linter, generated files current
	@bash scripts/check.sh

test: .venv/.dev ## make check and every test but those of make acceptance
	@bash scripts/system-packages.sh --if-root
	@bash scripts/check.sh
	@$(PY) -m pytest -q -rs -n 2 --dist loadfile --durations=12 -m "not long" --ignore tests/e2e

acceptance: .venv/.dev ## the long tests: notebooks and models promoted as users do, every law of digests, mutants; most of an hour
	@$(PY) -m pytest -q -rs -n 2 --dist loadfile --durations=30 -m long --ignore tests/e2e

proofs: .venv/.dev ## the long forms of the proofs (null simulation with 10,000 series), some minutes
	@ALPHA_BENCH_LONG=1 $(PY) -m pytest -q tests/alpha_bench/proofs tests/nbcode/proofs tests/nbcode/spec/test_what_keeps_a_digest.py tests/acceptance/test_suggested_notebooks_run_clean.py

faults: .venv/.dev ## every signal at every step, every state of the streams, for every command, some minutes
	@NBCODE_FAULTS=all $(PY) -m pytest -q tests/nbcode/cli/test_exit_code_law.py

notebooks: .venv/.dev ## every notebook of tests/notebooks as it is; writes docs/reference/notebooks.md, some minutes
	@NBCODE_NOTEBOOKS=all $(PY) -m pytest -q tests/acceptance/test_notebooks_of_others.py

suggested: .venv/.dev ## what suggest makes of every notebook without tags; writes its table in docs/how-to/suggest.md, some minutes
	@PYTHONPATH=tests $(PY) -m notebooks.suggesting

laws: .venv/.dev ## every edit of the two laws of digests; writes docs/reference/digest-laws.md, about a minute
	@PYTHONPATH=tests $(PY) -m digest_laws.page

codegen: .venv/.dev ## regenerate schemas and generated pages
	@bash scripts/codegen.sh

wheels: .venv/.uv ## dist/: the wheels of alpha_bench, nbcode_runtime and nbcode
	@rm -rf dist
	@$(UV) build --quiet --wheel --out-dir dist python/alpha_bench
	@$(UV) build --quiet --wheel --out-dir dist python/nbcode_runtime
	@$(UV) build --quiet --wheel --out-dir dist python/nbcode
	@ls dist

leaks: .venv/.dev leak-peers ## every pair of tests/leak_pairs, and what peers say of it; writes the table of docs/explanation/why-to-believe-it.md, some minutes
	@PYTHONPATH=tests $(PY) -m leak_pairs.page

refits: .venv/.dev ## 60 daily refits on the real panel, with wrong days among them; prints what each adds to the store, half an hour
	@folder=$$(mktemp -d) && $(PY) -m benchmarks.refits $$folder/project

bench: .venv/.dev ## the benchmark, peers beside us in one run; prints ratios
	@$(PY) -m benchmarks

bench-readme: .venv/.dev ## the sections of the README's table of speed, and writes the table; on a quiet machine, some minutes
	@$(PY) -m benchmarks --readme

PEERS_BENCH := zipline=zipline-reloaded==3.2.1 qlib=pyqlib==0.9.7
PEERS_LEAKS := leaklint=leaklint==0.1.0 leakage-buster=leakage-buster==1.0.2
# leak-detect runs the cells that make the features, so it needs what they import.
PEERS_LEAKS += "leak-detect=leak-detect==0.0.1 scikit-learn scipy statsmodels polars lightgbm xgboost-cpu"
install_peers = for peer in $(1); do \
	  place=.venv-peers/$${peer%%=*}; \
	  $(UV) venv --quiet --allow-existing --python .venv/bin/python $$place && \
	  UV_PROJECT_ENVIRONMENT= $(UV) pip install --quiet --python $$place/bin/python $${peer\#*=} || exit 1; \
	done

bench-peers: .venv/.uv ## environments of their own for the benchmark's zipline and qlib; then make bench runs them too
	@$(call install_peers,$(PEERS_BENCH))

leak-peers: .venv/.uv ## environments of their own for the peers of make leaks
	@$(call install_peers,$(PEERS_LEAKS))

SERVERS := mlflow-3="mlflow[auth]==3.17.2 psycopg[binary]"
# As it was in its day: newer ones of these it does not know.
SERVERS += mlflow-2.15="mlflow[auth]==2.15.1 sqlalchemy<2.1 setuptools<81 psycopg2-binary"

# Bytecode is compiled here: a server is two processes that import all of MLflow, and one that compiles it first takes minutes.
registry-servers: .venv/.uv ## environments of their own for MLflow servers, an older one and this one, for make e2e-registry
	@for server in $(SERVERS); do \
	  place=.venv-servers/$${server%%=*}; \
	  $(UV) venv --quiet --allow-existing --python .venv/bin/python $$place && \
	  UV_PROJECT_ENVIRONMENT= $(UV) pip install --quiet --compile-bytecode --python $$place/bin/python $${server#*=} || exit 1; \
	done

e2e-registry: .venv/.dev registry-servers ## a team's MLflow servers: 2.15 and 3, SQLite and PostgreSQL, accounts, a path prefix, TLS
	@bash scripts/system-packages.sh --if-root
	@$(PY) -m pytest -v -rs --durations=0 --durations-min=1 tests/e2e/registry

PORTS ?= 7071 5433 5001
.PHONY: e2e-team team-environment team-servers
team-environment: .venv/.uv ## .venv-servers/team: what a team's MLflow server is made of, locked in deploy/mlflow
	@UV_PROJECT_ENVIRONMENT=$(CURDIR)/.venv-servers/team $(UV) sync --project deploy/mlflow --frozen --python .venv/bin/python --compile-bytecode --quiet

team-servers: .venv/.dev team-environment ## FOLDER=...: PostgreSQL, S3 and MLflow for a team on this machine; prints what a client needs
	@PYTHONPATH=tests $(PY) -m team_servers up $(FOLDER)

e2e-team: .venv/.dev team-environment ## the contract suites of journal, leases and registry on new servers of a team; their ports are asked for by PORTS="S3 POSTGRES MLFLOW"
	@bash scripts/system-packages.sh --if-root
	@folder=$$(mktemp -d /var/tmp/nbcode-team-XXXX) && chmod 755 $$folder && export NBCODE_TEAM_SERVERS=$$folder/servers PYTHONPATH=tests; result=0; \
	$(PY) -m team_servers up $$NBCODE_TEAM_SERVERS --ports $(PORTS) > /dev/null && \
	$(PY) -m pytest -q -rs $(addprefix tests/contract/test_,journal_contract.py leases_contract.py team.py registry_contract.py) -k "team or postgres" || result=$$?; \
	$(PY) -m team_servers down $$NBCODE_TEAM_SERVERS || result=$$?; rm -rf $$folder; exit $$result

e2e-editors: .venv/.dev ## a real JupyterLab, and the page of a report, in a real browser
	@bash scripts/system-packages.sh --if-root browser
	@$(PY) -m pytest -q tests/e2e/jupyterlab tests/e2e/report

.PHONY: runner-image controller-image cluster-team-up cluster-team-down cluster-system cluster-build cluster-build-api cluster-up cluster-down e2e-cluster
CLUSTER := PYTHONPATH=tests $(PY) -m cluster

cluster-system: ## Debian packages of the test cluster (needs root)
	@bash scripts/system-packages.sh cluster

cluster-build: .venv/.dev ## every program of the test cluster, from pinned Go modules, into the cache
	@$(CLUSTER) build

cluster-build-api: .venv/.dev ## etcd, kube-apiserver and kubectl alone: then make test asks a real API server
	@$(CLUSTER) build-api

cluster-up: .venv/.dev ## a real Kubernetes with Argo Workflows and S3 on this machine; prints its addresses (needs root)
	@bash scripts/system-packages.sh --if-root cluster
	@$(CLUSTER) up

cluster-team-up: .venv/.dev team-environment ## PostgreSQL and MLflow beside the cluster that is up; prints what a client needs
	@$(CLUSTER) team-up

cluster-team-down: .venv/.dev ## stops them; what they hold goes with the cluster
	@$(CLUSTER) team-down

cluster-down: .venv/.dev ## ends it; fails where a process, mount, link, control group or folder is left
	@$(CLUSTER) down

runner-image: .venv/.dev ## dist/runner.tar: the image of a run as an OCI archive (needs buildah and root); BASE=NAME another base
	@mkdir -p dist && bash scripts/image.sh runner dist/runner.tar $(BASE)

controller-image: .venv/.dev ## dist/controller.tar: the image of nbcode controller, in the same way
	@mkdir -p dist && bash scripts/image.sh controller dist/controller.tar $(BASE)

e2e-cluster: cluster-up ## cluster-up, the tests of tests/e2e/cluster, cluster-down
	@result=0; $(PY) -m pytest -v -rs --durations=0 --durations-min=1 tests/e2e/cluster || result=$$?; \
	$(CLUSTER) down || result=$$?; exit $$result

pictures: .venv/.dev ## docs/images/mlflow-*.png: a version and its refit in MLflow's own pages, in a real browser, some minutes
	@bash scripts/system-packages.sh --if-root browser
	@$(PY) scripts/picture_mlflow.py

picture-cluster: .venv/.dev ## docs/images/cluster.png: a promote on the test cluster, as a terminal shows it; needs make cluster-up and NBCODE_RUNNER_IMAGE
	@bash scripts/system-packages.sh --if-root browser
	@$(PY) scripts/picture_cluster.py

.PHONY: help setup dev system demo check test acceptance proofs faults notebooks suggested laws codegen wheels leaks leak-peers bench bench-readme bench-peers e2e-editors e2e-registry registry-servers pictures picture-cluster
