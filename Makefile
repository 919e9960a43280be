# Aftercall. `make help` lists the targets.

PYTHON ?= python3
STACK  := .venv/stack/.done
DEPLOY := .venv/deploy/.done
SAM    := .venv/deploy/bin/sam
LAMBDA := .venv/deploy/bin/cargo-lambda lambda

# One target folder for everything: what cargo-lambda compiled, the tests need not compile again.
HOST := $(shell rustc -vV | sed -n 's/^host: //p')
export CARGO_BUILD_TARGET := $(HOST)
export SAM_CLI_TELEMETRY := 0

# How long each target of `make fuzz` runs, and with what.
SECONDS := 600
FUZZ    := $(CURDIR)/target/tools/bin/cargo-fuzz

# What the pages are held against in a browser; the test goes without where there is no npm.
AXE := target/tools/node_modules/axe-core/axe.min.js

# The machine's own compiler, without the fat LTO of a release: the same code, in a minute and not
# ten. A real deployment uses zig, which links against the older libraries that Lambda has.
LOCAL_BUILD := $(LAMBDA) build --compiler cargo --target $(HOST)

.PHONY: help demo test check faults fuzz bench exam train build venv lint clean
.DEFAULT_GOAL := help

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: build ## Run the whole loop on this machine: extracts in, texts, replies and a report out
	@cp --remove-destination target/lambda/demo/bootstrap target/aftercall-demo # a kept one may be running
	@target/aftercall-demo

test: build lint $(AXE) ## Everything: unit, story, contract and deployed tests
	cargo test --workspace --locked

check: ## The quick loop: format, lints, unit and story tests
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cargo test --workspace --locked --lib --bins --test story --test model --test tidy --test extracts --test experiment --test profile --test check --test rehearse --test picture --test corpora

faults: build ## Kill, repeat and lie to the deployed functions: 2,000 contacts; SEEDS=1,2,3 CONTACTS=2000
	@target/lambda/faults/bootstrap

# The sanitizer and the coverage that steers the fuzzer are flags that the pinned compiler has and keeps
# for nightly ones. What is new is kept outside the corpus; `cargo fuzz cmin` brings in what counts.
fuzz: export RUSTC_BOOTSTRAP := 1
fuzz: export CARGO_TARGET_DIR := $(or $(CARGO_TARGET_DIR),$(CURDIR)/target/fuzz)
fuzz: $(FUZZ) ## Fuzz what suppliers and the public send, each target in turn: SECONDS=600
	@cd tests/fuzz && for target in callbacks form reply; do \
		found=$$CARGO_TARGET_DIR/found/$$target; mkdir -p $$found; \
		echo "$$target: $(SECONDS) s from $$(ls corpus/$$target | wc -l) inputs; new ones go to $$found"; \
		$(FUZZ) run --fuzz-dir . --sanitizer address $$target $$found corpus/$$target -- \
			-max_total_time=$(SECONDS) -max_len=65536 -timeout=2 -print_final_stats=1 || exit 1; \
	done

# Optimised, but by the profile bench-quick, which compiles in reasonable time: see Cargo.toml.
bench: ## Measure how fast a million rows are read, decided and counted, and in how much memory
	cargo run --quiet --locked --profile bench-quick --package bench

exam: ## Measure the reader of replies, also on tests/replies/held where it is, and write docs/replies.md
	cargo run --quiet --locked --profile bench-quick --package bench -- replies --write

# Optimised too. It takes seconds, and the same replies give the same bytes.
train: ## Learn the weights of the reader of replies anew from tests/replies/data
	cargo run --quiet --locked --profile bench-quick --package replies --bin train

build: venv ## Build every function for this machine
	$(LOCAL_BUILD) --locked
	@strip target/lambda/*/bootstrap # what is uploaded need not hold every name
	@ln -sf lambda/aftercall/bootstrap target/aftercall

venv: $(STACK) $(DEPLOY) ## Install the local AWS and the deployment tools beside the project

lint: venv ## Check the template
	.venv/deploy/bin/cfn-lint infra/template.yaml
	$(SAM) validate --lint --template infra/template.yaml --region eu-west-2

clean: ## Remove everything that was built or installed
	rm -rf target .venv tests/fuzz/target tests/fuzz/artifacts

$(FUZZ):
	cargo install cargo-fuzz --version 0.13.2 --locked --root target/tools

$(AXE):
	@if command -v npm > /dev/null; then \
		npm install --silent --no-audit --no-fund --no-save --prefix target/tools axe-core@4.14.1; \
	else echo "no npm: the pages' accessibility is not tested"; fi

$(STACK): infra/requirements-stack.txt
	$(PYTHON) -m venv --clear .venv/stack
	.venv/stack/bin/pip install --quiet --disable-pip-version-check -r $<
	@touch $@

$(DEPLOY): infra/requirements-deploy.txt
	$(PYTHON) -m venv --clear .venv/deploy
	.venv/deploy/bin/pip install --quiet --disable-pip-version-check -r $<
	@touch $@
