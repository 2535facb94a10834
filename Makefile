# The commands of a developer's day. `make` alone lists them.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

CARGO ?= cargo
BUILT := $(or $(CARGO_TARGET_DIR),target)
# Switches for `make demo`: make demo ARGS="--bays 500 --for 90s"
ARGS ?=

# What chance chooses in the tests is the same each time; `make fuzz` looks further.
export PROPTEST_RNG_SEED ?= 20261124

.PHONY: help setup build web demo test web-test browser-test driver-pictures check fmt clippy docs deny peer-test crash-test money-sim invoice-sim bench fuzz soak

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

setup: ## Install what building and the demo need (Debian packages)
	@deploy/setup.sh

build: setup ## Build the programs (release)
	$(CARGO) build --locked --release -p gateway -p firmware-sim -p sandbox

web: ## Build the driver's app, H5 and WeChat mini-program (Node.js 20 or newer)
	@deploy/setup.sh web
	@deploy/web.sh

# Built as the tests are: half the time of a release build, and fast enough for a town.
demo: setup ## Run a synthetic town with the driver's app; Ctrl-C stops it. Switches: ARGS="--bays 500 --for 90s"
	$(CARGO) build --locked -p gateway
	@deploy/web.sh --for-demo
	@$(BUILT)/debug/gateway demo $(ARGS)

# The programs are built together with the tests, so that both share every crate: end-to-end tests
# start the programs from the target folder. Tests wait more than they compute: two at once for each core.
test: export RUST_TEST_THREADS := $(or $(RUST_TEST_THREADS),$(shell echo $$((2 * $$(getconf _NPROCESSORS_ONLN)))))
test: ## Install what the tests need, then run all of them
	@deploy/setup.sh test
	$(CARGO) build --locked --workspace --all-targets
	$(CARGO) test --locked --workspace

# The types of the API are compared with those of the gateway as it is now.
web-test: ## Check and test the driver's app: types, units, and the mini-program as it is built
	@deploy/setup.sh web
	$(CARGO) build --locked -p gateway
	@BOWEI_GATEWAY=$(abspath $(BUILT))/debug/gateway deploy/web.sh --check
	@deploy/app-test.sh units mini-program

# Starts a town of its own on free ports. One test: make browser-test ARGS="journey.spec.ts".
browser-test: ## Drive the driver's app in Chromium against the gateway's demo, every journey (ARGS chooses)
	@deploy/setup.sh browser
	$(CARGO) build --locked -p gateway
	@deploy/web.sh h5
	@BOWEI_GATEWAY=$(abspath $(BUILT))/debug/gateway deploy/app-test.sh browser $(ARGS)

driver-pictures: ## Take the pictures of docs/DRIVER.md anew, from the demo's town
	@deploy/setup.sh browser
	$(CARGO) build --locked -p gateway
	@deploy/web.sh h5
	@BOWEI_GATEWAY=$(abspath $(BUILT))/debug/gateway deploy/app-test.sh pictures

check: fmt clippy docs deny ## Everything but the tests: format, lints, docs, dependencies

fmt: ## Is the code formatted?
	$(CARGO) fmt --all --check

clippy: setup ## Lints, with and without the gateway's broker and demo
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	$(CARGO) clippy --locked -p gateway --no-default-features -- -D warnings

docs: setup ## Does the documentation build without warnings?
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --workspace --no-deps

deny: ## Licences, sources, bans and advisories of the dependencies
	@.ci/deny

# Needs Python 3.11 or newer and a registry of Python packages, so it is not part of `make test`. The Rust peers have
# workspaces and lock files of their own: one signs with the crate `rsa`, which the product does not let in.
peer-test: ## Check the WeChat Pay stand-in, the documents and the map's tiles with programs that others wrote
	@deploy/setup.sh peer
	$(CARGO) build --locked -p sandbox -p billing -p gateway
	$(CARGO) build --locked --manifest-path tests/peer/rswxpay/Cargo.toml --target-dir $(BUILT)/peer-rswxpay
	$(CARGO) build --locked --manifest-path tests/peer/ofd/Cargo.toml --target-dir $(BUILT)/peer-ofd
	@python3 -m venv $(BUILT)/peer
	@$(BUILT)/peer/bin/pip install -q --disable-pip-version-check -r tests/peer/requirements.txt
	@$(BUILT)/peer/bin/python tests/peer/wechat_pay.py $(BUILT)/debug/sandbox $(BUILT)/peer-rswxpay/debug/peer-rswxpay
	@$(BUILT)/peer/bin/python tests/peer/documents.py $(BUILT)/debug/billing $(BUILT)/peer-ofd/debug/peer-ofd
	@$(BUILT)/peer/bin/python tests/peer/ubl.py $(BUILT)/debug/billing
	@$(BUILT)/peer/bin/python tests/peer/tiles.py $(BUILT)/debug/gateway

# Kills of each of five set-ups: 50 make 250.
KILLS ?= 50
crash-test: ## Kill gateways and brokers at 250 random points (KILLS=n for each of five set-ups), die at every commit, verify the books
	@deploy/setup.sh test
	$(CARGO) build --locked --workspace --all-targets
	BOWEI_KILLS=$(KILLS) $(CARGO) test --locked --workspace --test all -- --nocapture kill::
	BOWEI_CRASH_STEP=1 $(CARGO) test --locked --workspace --test all -- --nocapture crash_points::

# The town's size and length: SIM_DRIVERS, SIM_DAYS, SIM_SEED; SIM_DATABASE is sqlite or postgresql.
SIM_DRIVERS ?= 2000
SIM_DAYS ?= 61
SIM_SEED ?= 1
SIM_DATABASE ?= sqlite
money-sim: ## Two months of a town's money with 2,000 drivers over HTTP; the books proved each day (SIM_DRIVERS, SIM_DAYS, SIM_SEED, SIM_DATABASE)
	@deploy/setup.sh test
	$(CARGO) build --locked --release --workspace --bins --test all
	BOWEI_SEED=$(SIM_SEED) BOWEI_SIM_DRIVERS=$(SIM_DRIVERS) BOWEI_SIM_DAYS=$(SIM_DAYS) \
		$(CARGO) test --locked --release --workspace --test all -- --nocapture money_month::after_every_day_of_a_town_every_paid_yuan_is_explained_on_$(SIM_DATABASE)

# The gateway is measured as it is released but with its own broker in it. ARGS for one measurement
# only: make bench ARGS="ingest --database sqlite --rounds 3"; `bench --help` lists them.
bench: ## Measure the figures to hold, as ratios, and write docs/BENCHMARKS.md (40 minutes)
	@deploy/setup.sh test
	$(CARGO) build --locked --release -p gateway -p bench
ifeq ($(strip $(ARGS)),)
	$(CARGO) bench --locked -p billing --bench price
	$(CARGO) bench --locked -p billing --bench documents
	@$(BUILT)/release/bench all --write docs/BENCHMARKS.md
else
	@$(BUILT)/release/bench $(ARGS)
endif

# Random cases of each property; the usual number is 256.
CASES ?= 2000
# Seconds for each fuzz target.
FUZZ_SECONDS ?= 20
# Other cases each time, and the same again with SEED=n.
SEED := $(or $(SEED),$(shell od -An -N4 -tu4 /dev/urandom | tr -d ' '))
fuzz: export PROPTEST_RNG_SEED = $(SEED)
fuzz: setup ## Every property with 2000 random cases (CASES=n; prices ten times as many; SEED=n), then every decoder fuzzed (FUZZ_SECONDS=20 each)
	@echo "SEED=$(SEED)"
	PROPTEST_CASES=$(CASES) $(CARGO) test --locked -p sensing -p billing -p wayfinding
	PROPTEST_CASES=$$(($(CASES) * 10)) $(CARGO) test --locked --release -p billing --test billing differential
	@FUZZ_SECONDS=$(FUZZ_SECONDS) fuzz/run

# Must hold: without faults not a fen of difference; with all of them no bill above the true one.
soak: setup ## A month of 2,000 bays against the truth, calm and hard (SOAK_BAYS, SOAK_DAYS, SOAK_SEED)
	$(CARGO) build --locked --release -p gateway -p firmware-sim
	@tests/soak.sh $(BUILT)/release

# Requests, half of them on each database; another run each time with BOWEI_SEED=n.
INVOICES ?= 10000
invoice-sim: ## 10,000 requests for invoices with every trouble of the tax platform on (INVOICES=n, BOWEI_SEED=n)
	@deploy/setup.sh test
	$(CARGO) build --locked --workspace --all-targets
	BOWEI_INVOICES=$$(($(INVOICES) / 2)) $(CARGO) test --locked --workspace --test all -- --nocapture invoicing::simulation
