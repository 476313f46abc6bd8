#!/usr/bin/env -S node --max-semi-space-size=1
// Runs the built command. Sources are TypeScript; `make setup` builds them.
import { pathToFileURL } from "node:url";
import { builtFile } from "../dist/host/built-file.js";

const { main } = await import(pathToFileURL(builtFile("coordinator/main.js")).href);
process.exit(await main(process.argv.slice(2)));
