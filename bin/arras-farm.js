#!/usr/bin/env node
// Runs the built command. Sources are TypeScript; `make setup` builds them.
import { main } from "../dist/cli/farm-command/main.js";

process.exitCode = await main(process.argv.slice(2));
