// What the shared libraries of Arras are here. A definition names a library; we run our own process of that kind.
import type { ComputationKind } from "./definition.ts";

/** `libcomputation_progmcrt_merge.so`, also `.dylib` and with a folder before it. */
export function computationKind(dso: string): ComputationKind {
  const match = /^(?:.*\/)?libcomputation_progmcrt(_dispatch|_merge)?\.(?:so|dylib)$/.exec(dso);
  if (match === null) return "unknown";
  if (match[1] === "_dispatch") return "dispatch";
  return match[1] === "_merge" ? "merge" : "mcrt";
}
