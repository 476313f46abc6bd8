#!/usr/bin/env node
// Runs the built command. Sources are TypeScript; `make setup` builds them.
import { main } from "../dist/coordinator/main.js";

process.exit(await main(process.argv.slice(2)));
