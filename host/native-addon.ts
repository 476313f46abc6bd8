// Loads native addons where CMake puts them. What they can do is typed where they are asked for.
import { createRequire } from "node:module";
import { join } from "node:path";
import { ArrasError, type ErrorCode } from "../proto/errors.ts";
import { packageRoot } from "./package-root.ts";

/**
 * build/`name`.node; the same one each time. Throws with `code` where it was not built, or its libraries are not there.
 * `what`: for the message.
 */
export function nativeAddon<Addon>(name: string, what: string, code: ErrorCode = "internal"): Addon {
  const path = join(packageRoot(), "build", `${name}.node`);
  try {
    return createRequire(import.meta.url)(path) as Addon;
  } catch (thrown) {
    throw new ArrasError(code, {
      message: `${what} cannot be loaded: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
      place: { path },
      action: "Run `make build`, which installs what it needs and builds it for this machine.",
      cause: thrown,
    });
  }
}
