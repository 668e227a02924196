# `make demo` shows the tool at work, `make test` runs every test, `make check` is what CI runs.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.PHONY: help complete-run lifetime demo build release dist bench bench-check test check lint fmt imports rooms schemas portable record clean system-packages

PACKAGES = libyaml-dev libarchive-dev libexpat1-dev zlib1g-dev libdeflate-dev pkg-config
STATIC_PACKAGES = liblzma-dev libzstd-dev liblz4-dev libbz2-dev binutils git python3 python3-venv
TEST_PACKAGES = python3 python3-venv procps openssl xz-utils
SOURCES = Package.swift Sources Tests
TOOL = .build/release/therock-upload
# What is checked is compiled as a release is: the tests take a third of the time that they take in a debug build.
TESTED = .build-tested/release
TESTED_FLAGS = --configuration release --scratch-path .build-tested -Xswiftc -enable-testing --enable-index-store
TESTS = $(TESTED)/therock-uploadPackageTests.xctest --testing-library swift-testing
DEMO = .build-demo

help: ## List the targets.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | expand -t 12

system-packages:
	@scripts/install-system-packages.sh $(PACKAGES)

build: system-packages ## Build the tool and the tests, optimised, for all that checks them.
	swift build --build-tests $(TESTED_FLAGS)

release: system-packages ## Build the tool as it is shipped, for glibc 2.28 and later: $(TOOL)
	@scripts/install-system-packages.sh $(STATIC_PACKAGES)
	scripts/release/build

dist: release ## Pack dist/: an archive, a wheel, a .deb, checksums, and what is in them.
	@scripts/install-system-packages.sh dpkg xz-utils
	scripts/release/dist.py

demo: release ## Publish a sample build tree to ./demo-output.
	@scripts/make-sample-build.sh $(DEMO)/build
	@rm -rf demo-output
	@scripts/demo.sh $(TOOL) $(DEMO)/build demo-output

test: build ## Run every test, also against real S3 servers on loopback.
	@scripts/install-system-packages.sh $(TEST_PACKAGES)
	@# Not by `swift test`, which compiles every manifest again when the environment names other servers.
	scripts/with-test-servers $(TESTS) --parallel

bench: release ## Measure the tool beside its peers, and write the tables of docs/performance.md.
	Benchmarks/bench --write

bench-check: release ## Count the instructions of a few workloads, and compare them with those that are kept.
	Benchmarks/instructions

lint:
	swift format lint --strict --parallel --recursive $(SOURCES)

imports:
	scripts/check-imports.sh

rooms: build ## Check that folders of a target do not depend on each other in a circle.
	scripts/check-rooms

schemas: build ## Check schemas, manifests, SARIF and workflows with validators that are not ours.
	@scripts/install-system-packages.sh $(TEST_PACKAGES)
	scripts/check-schemas.sh
	scripts/check-workflows.sh
	$$(scripts/python-tools)/python scripts/check-statements.py $(TESTED)/therock-upload

complete-run: build ## Run twelve jobs in parallel, lose some, and ask whether the run is complete; measure a large one.
	@scripts/install-system-packages.sh $(TEST_PACKAGES)
	scripts/with-test-servers scripts/test-complete-run $(TESTED)/therock-upload
	scripts/test-large-run $(TESTED)/therock-upload

lifetime: build ## Kill the commands about runs over their lifetime, count a million objects, stop a volume server.
	scripts/with-test-servers scripts/test-lifetime $(TESTED)/therock-upload
	scripts/test-usage $(TESTED)/therock-upload
	scripts/test-self-hosting $(TESTED)/therock-upload

portable: build ## Link the tool as a release is linked, and try it under the C library of Debian 11.
	@scripts/install-system-packages.sh $(STATIC_PACKAGES) $(TEST_PACKAGES)
	scripts/test-portable.sh

check: lint imports rooms test schemas portable ## Everything that CI checks.

fmt: ## Format all sources.
	swift format --in-place --parallel --recursive $(SOURCES)

record: build ## Rewrite the golden files; look at the difference before you commit it.
	-RECORD_GOLDEN=1 $(TESTS)
	git status --short

clean: ## Remove everything that was built.
	rm -rf .build* demo-output dist
