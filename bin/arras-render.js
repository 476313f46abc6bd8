#!/usr/bin/env -S node --no-memory-reducer --interrupt-budget=2000000
// Runs the built command. Sources are TypeScript; `make setup` builds them.
import { loadBuilt } from "../dist/host/built-file.js";

const { main } = await loadBuilt("cli/main.js");
process.exitCode = await main(process.argv.slice(2));
