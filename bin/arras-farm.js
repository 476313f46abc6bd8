#!/usr/bin/env node
// Runs the built command. Sources are TypeScript; `make setup` builds them.
import { loadBuilt } from "../dist/host/built-file.js";

const { main } = await loadBuilt("cli/farm-command/main.js");
process.exitCode = await main(process.argv.slice(2));
