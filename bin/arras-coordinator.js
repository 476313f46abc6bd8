#!/usr/bin/env -S node --max-semi-space-size=1 --initial-old-space-size=128
// Runs the built command. Sources are TypeScript; `make setup` builds them.
import { loadBuilt } from "../dist/host/built-file.js";

const { main } = await loadBuilt("coordinator/main.js");
process.exit(await main(process.argv.slice(2)));
