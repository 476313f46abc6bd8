# What to type: `make demo` renders a picture, `make test` checks everything. Both install what is missing first.
# Repeated calls are cheap: npm runs when what is installed differs from the lock file, CMake and tsc build what changed.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

TSC := node node_modules/typescript/bin/tsc
BUF := node_modules/.bin/buf
BIOME := node_modules/.bin/biome

DEMO_SIZE ?= 960x540
DEMO_SPP ?= 64

.PHONY: help all build setup setup-tests setup-farm demo cluster-demo test test-long lint bench sim sim-long check-generated generate clean

help:
	@echo "make demo      install what is missing, build, render the demo scene into out/"
	@echo "make cluster-demo  a farm on this machine; kills some of it while it renders, compares the films"
	@echo "make test      install what is missing, build, run all tests"
	@echo "make test-long hosts of a farm cut off from each other, a viewer on a narrow cable: 10 minutes, network namespaces"
	@echo "make lint      style, types, protocol files"
	@echo "make bench     measure; a table, and JSON in out/"
	@echo "make sim       simulated sessions under faults: SEED=1 RUNS=1000; sim-long: 10,000"
	@echo "make build     the command, without tests: then bin/arras-render.js"
	@echo "make generate  proto/gen from proto/*.proto"
	@echo "make clean     remove what was built; node_modules stays"
	@echo "make all       lint, test, demo"

all: lint test demo

# ---- what is needed

setup: packages modules

setup-tests: packages-tests modules

setup-farm: packages-farm modules

.PHONY: packages packages-tests packages-farm modules
packages:
	@scripts/setup.sh

packages-tests:
	@scripts/setup.sh --tests

packages-farm:
	@scripts/setup.sh --farm

# The warnings about install scripts are expected: neither protobufjs nor buf needs its own (buf's program comes as an
# optional dependency).
modules:
	@node scripts/is-installed.mjs || npm ci --no-audit --no-fund

# ---- build

build: setup native programs viewer

.PHONY: native typescript programs viewer
native: build/CMakeCache.txt
	@cmake --build build -j $$(nproc) | { grep -v 'no work to do' || true; }

# Ninja where it is, otherwise make. An existing build folder keeps the generator that it has.
build/CMakeCache.txt: | modules
	cmake -S . -B build -DCMAKE_BUILD_TYPE=Release $$(command -v ninja >/dev/null && echo -G Ninja)

typescript: modules
	@$(TSC) -p .
	@$(TSC) -p host/tev

# Programs in few files each, as they start faster; what tsc writes later counts instead of them.
programs: typescript
	@[ dist/programs/cli/main.cjs -nt dist/.tsbuildinfo ] || node dist/scripts/pack-programs.js

viewer: dist/viewer/index.html

dist/viewer/index.html: $(shell find viewer proto -name '*.ts' -o -name '*.tsx' -o -name '*.css' -o -name '*.html') package-lock.json | modules
	@node node_modules/vite/bin/vite.js build --config viewer/vite.config.ts --logLevel warn
	@touch $@

# ---- what to do with it

demo: build
	@mkdir -p out
	node bin/arras-render.js deploy/demo/demo.glb --env deploy/demo/sky.hdr --num-mcrt 3 \
	  --size $(DEMO_SIZE) --spp $(DEMO_SPP) -o out/demo.exr -o out/demo.png
	@echo "demo: wrote out/demo.exr (linear light, for compositing) and out/demo.png (to look at)"

cluster-demo: setup-farm build
	node dist/scripts/cluster-demo/main.js

test: setup-tests build check-generated
	node_modules/.bin/vitest run

test-long: setup-tests build
	ARRAS_LONG_TESTS=1 node_modules/.bin/vitest run

# Types are checked by compiling, which the tests need next.
lint: setup typescript
	$(BIOME) check .
	$(BUF) lint proto
	$(TSC) -p viewer

bench: build
	@mkdir -p out
	node dist/test/bench/main.js

# One failing seed, step by step: make sim SEED=<seed> RUNS=1 TRACE=1. See docs/simulation.md.
sim: typescript
	@SEED="$(SEED)" RUNS="$(RUNS)" TRACE="$(TRACE)" node dist/test/sim/main.js

sim-long: typescript
	@SEED="$(SEED)" RUNS=10000 node dist/test/sim/main.js

# ---- generated code

generate: modules
	cd proto && ../$(BUF) generate

check-generated: modules
	@folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; \
	(cd proto && ../$(BUF) generate --output "$$folder"); \
	diff -r "$$folder/gen" proto/gen || { echo "proto/gen is not what the .proto files say: run make generate" >&2; exit 1; }

clean:
	rm -rf build dist out
