#!/usr/bin/env node
// Runs the built command. Sources are TypeScript; `make setup` builds them.
import { pathToFileURL } from "node:url";
import { builtFile } from "../dist/host/built-file.js";

const { main } = await import(pathToFileURL(builtFile("node-agent/main.js")).href);
process.exit(await main(process.argv.slice(2)));
