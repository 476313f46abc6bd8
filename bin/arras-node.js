#!/usr/bin/env node
// Runs the built command. Sources are TypeScript; `make setup` builds them.
import { loadBuilt } from "../dist/host/built-file.js";

const { main } = await loadBuilt("node-agent/main.js");
process.exit(await main(process.argv.slice(2)));
