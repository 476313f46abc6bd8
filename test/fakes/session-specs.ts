// The session definition that ships for several computations, as a client sends it.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const path = fileURLToPath(new URL("../../deploy/sessions/mcrt_progressive_n.sessiondef", import.meta.url));

export const definitionJson = readFileSync(path, "utf8");
