#!/usr/bin/env node
// Runs the built command. Sources are TypeScript; `make setup` builds them.
import { pathToFileURL } from "node:url";
import { builtFile } from "../dist/host/built-file.js";

const { main } = await import(pathToFileURL(builtFile("cli/farm-command/main.js")).href);
process.exitCode = await main(process.argv.slice(2));
