# Aftercall. `make help` lists the targets.

PYTHON ?= python3
STACK  := .venv/stack/.done
DEPLOY := .venv/deploy/.done
GUARD  := .venv/guard/.done
PEER   := .venv/peer/.done
SAM    := .venv/deploy/bin/sam
LAMBDA := .venv/deploy/bin/cargo-lambda lambda

# One target folder for everything: what cargo-lambda compiled, the tests need not compile again.
HOST := $(shell rustc -vV | sed -n 's/^host: //p')
export CARGO_BUILD_TARGET := $(HOST)
export SAM_CLI_TELEMETRY := 0

FUNCTIONS := alarm dispatch feedback ingest reconcile report send webhook

# How long each target of `make fuzz` runs, and with what.
SECONDS := 600
FUZZ    := $(CURDIR)/target/tools/bin/cargo-fuzz

# What the pages are held against in a browser; the test goes without where there is no npm.
AXE := target/tools/node_modules/axe-core/axe.min.js

# The machine's own compiler, without the fat LTO of a release: the same code, in a minute and not
# ten. A real deployment uses zig, which links against the older libraries that Lambda has.
LOCAL_BUILD := $(LAMBDA) build --compiler cargo --target $(HOST)

# What is asked of others' code: their rules for the template, and their terms for ours.
TOOLS     := $(CURDIR)/target/tools/bin
CFN_GUARD := $(TOOLS)/cfn-guard
DENY      := $(TOOLS)/cargo-deny
ABOUT     := $(TOOLS)/cargo-about
CYCLONEDX := $(TOOLS)/cargo-cyclonedx
UV        := .venv/pins/bin/uv

.PHONY: help demo test check faults drills bill fuzz bench bench-check pace release exam train build venv lint guard deny sbom notices pins clean
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

# The drills of `make test`, with the backlog that would hold it up there.
drills: export CONTACTS ?= 10000
drills: build ## Rehearse infra/README.md's bad days on the deployed functions: a backlog of CONTACTS=10000
	cargo test --locked --package e2e --test deployed drills:: -- --nocapture

# With the functions as they are deployed, which the next `make build` puts back to those for this machine.
bill: build release ## Count what a text costs at AWS, call by call, on the deployed stack: CONTACTS=10000
	@for name in $(FUNCTIONS); do \
		cp --remove-destination target/$(HOST)/release/$$name target/lambda/$$name/bootstrap || exit 1; \
	done
	@target/lambda/bill/bootstrap --contacts $(or $(CONTACTS),10000)

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

# The functions as they are deployed, so the first time takes long. The domain is optimised by the profile
# bench-quick, which compiles in reasonable time: see Cargo.toml.
bench: $(PEER) pace ## Measure start, speed, memory and size, beside Python; rows and replies a second; and the pace
	cargo run --quiet --locked --package bench-start -- target/$(HOST)/release
	cargo run --quiet --locked --profile bench-quick --package bench

pace: release ## Measure only how long a text that is due waits for the supplier's yes, at 3,000 a minute
	cargo run --quiet --locked --package bench-start -- pace target/$(HOST)/release

release:
	cargo build --quiet --locked --release $(foreach name,$(FUNCTIONS),--package $(name))

# Instructions, sizes and calls, which a busy machine does not change. WRITE=--write agrees on new ones.
bench-check: build ## Compare what a text takes with tests/bench/baseline.json; fails above 5 % more
	cargo build --quiet --locked --profile bench-quick --package bench
	@target/lambda/bench-start/bootstrap check target/lambda target/$(HOST)/bench-quick/bench $(WRITE)

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

# With a key of the stack's own and without: what is suppressed for want of the key must pass with it.
guard: $(GUARD) $(CFN_GUARD) ## Judge the template by cfn-lint, checkov and the NCSC rules of cfn-guard
	@mkdir -p target/guard
	.venv/guard/bin/cfn-lint infra/template.yaml
	@for key in false true; do \
		echo "UseCustomerKey=$$key"; judged=target/guard/customer-key-$$key.json; \
		.venv/guard/bin/python infra/guard/render.py $$key $$judged && \
		.venv/guard/bin/cfn-lint --ignore-checks W2001 -- $$judged && \
		.venv/guard/bin/checkov --file $$judged --framework cloudformation --skip-download --quiet --compact && \
		$(CFN_GUARD) validate --rules infra/guard/rules --data $$judged --show-summary fail || exit 1; \
	done

deny: $(DENY) ## Check licences, sources, bans and advisories of every crate; the advisories come from GitHub
	$(DENY) --locked check

# A file for each function and for `aftercall`: the crates of the binary, and nothing that only tests use.
# cargo-cyclonedx writes beside every manifest; what it wrote for the tests is not kept.
sbom: $(CYCLONEDX) ## Write what each binary is made of to target/sbom, as CycloneDX
	@rm -rf target/sbom && mkdir -p target/sbom
	$(CYCLONEDX) cyclonedx --quiet --manifest-path functions/webhook/Cargo.toml --format json --spec-version 1.5 \
		--describe binaries --no-build-deps --target aarch64-unknown-linux-gnu
	@for bom in functions/*/*_bin.cdx.json shared/cli/aftercall_bin.cdx.json; do \
		name=$$(basename $$bom); mv $$bom target/sbom/$${name%_bin.cdx.json}.cdx.json; \
	done
	@find tests -name '*_bin.cdx.json' -delete
	@ls target/sbom

notices: $(ABOUT) ## Write whose code is in the binaries, and on what terms, to target/third-party.md
	$(ABOUT) generate --workspace --offline --locked --fail --config infra/notices/about.toml \
		--output-file target/third-party.md infra/notices/third-party.hbs

# What is pinned stays; take a line out of a .txt to have it looked up anew.
pins: $(UV) ## Write every requirements*.txt, with hashes, from its .in
	@cd infra && for name in deploy stack guard; do \
		$(CURDIR)/$(UV) pip compile --quiet --universal --python-version 3.10 --generate-hashes --no-annotate \
			--custom-compile-command 'make pins' \
			--output-file requirements-$$name.txt requirements-$$name.in || exit 1; \
	done
	@cd tests/bench && $(CURDIR)/$(UV) pip compile --quiet --universal --python-version 3.10 --generate-hashes \
		--no-annotate --custom-compile-command 'make pins' --output-file requirements.txt requirements.in

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
	.venv/stack/bin/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $<
	@touch $@

$(DEPLOY): infra/requirements-deploy.txt
	$(PYTHON) -m venv --clear .venv/deploy
	.venv/deploy/bin/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $<
	@touch $@

$(PEER): tests/bench/requirements.txt
	$(PYTHON) -m venv --clear .venv/peer
	.venv/peer/bin/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $<
	@touch $@

$(GUARD): infra/requirements-guard.txt
	$(PYTHON) -m venv --clear .venv/guard
	.venv/guard/bin/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $<
	@touch $@

$(UV):
	$(PYTHON) -m venv --clear .venv/pins
	.venv/pins/bin/pip install --quiet --disable-pip-version-check uv==0.13.9

$(CFN_GUARD):
	cargo install cfn-guard --version 3.2.1 --locked --root target/tools

$(DENY):
	cargo install cargo-deny --version 0.20.2 --locked --root target/tools

$(CYCLONEDX):
	cargo install cargo-cyclonedx --version 0.5.9 --locked --root target/tools

$(ABOUT):
	cargo install cargo-about --version 0.9.3 --features cli --locked --root target/tools
