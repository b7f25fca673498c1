# Cordon. `make` lists what there is to make. One configuration is built, debug, and shared by run and test.
.DEFAULT_GOAL := help
.PHONY: help build run test soak fuzz sanitize lint format release install bench examples clean

swift_flags := --explicit-target-dependency-import-check error
python := .venv/bin/python
bench_python := .venv-bench/bin/python
# Spark, object storage, and servers that stand in for it.
integrations_python := .venv-integrations/bin/python
# idiscore needs another pydicom than the rest.
idiscore_python := .venv-bench-idiscore/bin/python

help: ## This list
	@echo "Cordon: what may leave an imaging archive. make …"
	@sed -n 's/^\([a-z]*\):.*## /  \1\t/p' Makefile | expand -t 12

run: build ## The main job on the example studies; leaves out/examples to look at
	@Scripts/run_examples.sh

test: lint build-tests ## All tests; what is skipped is counted and named at the end
	@Scripts/test.sh $(swift_flags)

# These measure the memory of their process, or time: nothing else may run in it.
alone := MemoryTests StreamingTests TimingTests IndistinguishableTests
soak: test sanitize fuzz ## The long campaigns: a hundred kills, two hundred power cuts, a million rows, sanitizers, fuzzers (an hour or two)
	@CORDON_SOAK=1 Scripts/test.sh $(swift_flags) --filter 'KillTests|PowerCutTests|FaultTests|ListTests|RealFilesTests|CommandTests|DamageTests|PythonTests|ShippedTests|ProcessTests|ExhaustiveTests|DecodingTests|OracleTests|PeerScriptTests|LiveTests'
	@for suite in $(alone); do CORDON_SOAK=1 Scripts/test.sh $(swift_flags) --skip-build --filter "$$suite" || exit 1; done

build: packages ## The command, for debugging
	@swift build $(swift_flags) --product cordon
	@swift build $(swift_flags) --product cordon-codec
	@swift build $(swift_flags) --product cordon-ocr

# Swift's libraries are in it: it runs where there is no toolchain, and where the one that built it is hidden from services.
release_flags := $(swift_flags) -c release --static-swift-stdlib

release: packages ## The command, optimised: .build/release/cordon
	@swift build $(release_flags) --product cordon
	@swift build $(release_flags) --product cordon-codec
	@swift build $(release_flags) --product cordon-ocr

install: release ## The optimised command to PREFIX/bin, rules to PREFIX/share/cordon; PREFIX=/usr/local
	@Scripts/check_libraries.sh .build/release/cordon .build/release/cordon-codec .build/release/cordon-ocr
	install -D -m 0755 .build/release/cordon $(DESTDIR)$(PREFIX)/bin/cordon
	install -D -m 0755 .build/release/cordon-codec $(DESTDIR)$(PREFIX)/libexec/cordon/cordon-codec
	install -D -m 0755 .build/release/cordon-ocr $(DESTDIR)$(PREFIX)/libexec/cordon/cordon-ocr
	find Rules Schemas -type f -exec install -D -m 0644 {} $(DESTDIR)$(PREFIX)/share/cordon/{} \;

PREFIX ?= /usr/local

lint: ## The formatter's opinion, as an error
	@swift format lint --strict --parallel -r Package.swift Sources Tests Fuzz/Package.swift Fuzz/Sources

format: ## The formatter's opinion, carried out
	@swift format --in-place --parallel -r Package.swift Sources Tests Fuzz/Package.swift Fuzz/Sources

sanitize: test-packages ## Readers of data sets, rules and text, and what takes data sets apart, under the address sanitizer
	@swift test $(swift_flags) --scratch-path .build-asan --sanitize address \
		--filter 'DICOMCoreTests|DICOMEncodingTests|DICOMFileTests|RuleLanguageTests|DeidentificationTests'

FUZZ_SECONDS ?= 300
fuzz: test-packages ## Fuzzers, FUZZ_SECONDS=300 each
	@Fuzz/run.sh $(FUZZ_SECONDS)

bench: release $(bench_python) $(idiscore_python) ## Cordon beside `cp -r` and other tools: tables into docs/performance.md (a quarter of an hour or more); BENCH_OPTIONS='--sets ct'
	@Scripts/install_packages.sh build test bench
	@$(bench_python) -B Benchmarks/bench.py --cordon .build/release/cordon --markdown docs/performance.md $(BENCH_OPTIONS)
	@Benchmarks/instructions.sh .build/release/cordon out/bench$(if $(findstring --smoke,$(BENCH_OPTIONS)),/smoke)
	@swift build $(release_flags) --product rule-benchmark
	@.build/release/rule-benchmark

examples: $(python) ## The example studies, made anew
	@$(python) Scripts/make_examples.py

clean: ## What was built and what runs left here
	rm -rf .build .build-asan Fuzz/.build out

# What is built with, and what tests compare with.
.PHONY: packages test-packages build-tests
packages:
	@Scripts/install_packages.sh build

test-packages: $(python) $(integrations_python)
	@Scripts/install_packages.sh build test

build-tests: test-packages
	@swift build $(swift_flags) --build-tests

$(python): Tests/requirements.txt
	@Scripts/install_packages.sh python
	@python3 -m venv .venv
	@.venv/bin/pip install --quiet --disable-pip-version-check -r Tests/requirements.txt
	@touch $@

$(integrations_python): Integrations/requirements.txt
	@Scripts/install_packages.sh python
	@python3 -m venv .venv-integrations
	@.venv-integrations/bin/pip install --quiet --disable-pip-version-check -r Integrations/requirements.txt
	@touch $@

$(idiscore_python): Benchmarks/requirements-idiscore.txt
	@Scripts/install_packages.sh python
	@python3 -m venv .venv-bench-idiscore
	@.venv-bench-idiscore/bin/pip install --quiet --disable-pip-version-check -r Benchmarks/requirements-idiscore.txt
	@touch $@

$(bench_python): Benchmarks/requirements.txt
	@Scripts/install_packages.sh python
	@python3 -m venv .venv-bench
	@.venv-bench/bin/pip install --quiet --disable-pip-version-check -r Benchmarks/requirements.txt
	@touch $@
