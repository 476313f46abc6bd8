// What goes wrong with a cache, as errors that say what to do. Pure.
import { ArrasError } from "../../proto/errors.ts";

const megabytes = (sizeBytes: number) => `${(sizeBytes / 1e6).toFixed(sizeBytes < 10e6 ? 1 : 0)} MB`;

/** It does not fit, with what is in use. */
export function noRoom(neededBytes: number, sizeBytesMax: number, inUseBytes: number): ArrasError {
  const inUse = inUseBytes === 0 ? "" : `, of which ${megabytes(inUseBytes)} are in use`;
  return new ArrasError("cache-failed", {
    message: `The scene needs ${megabytes(neededBytes)} more in the node's cache, which has ${megabytes(sizeBytesMax)}${inUse}`,
    action: "Give the node more (arras-node --cache-size), or another folder (--cache).",
  });
}

/** What the operating system said. `path` is the file inside the bundle. */
export function cacheFailure(thrown: unknown, path: string): ArrasError {
  if (thrown instanceof ArrasError) return thrown;
  const code = (thrown as NodeJS.ErrnoException).code;
  const { what, action } = reasonOf(code, thrown);
  return new ArrasError("cache-failed", {
    message: `The node's cache ${what}`,
    action,
    place: { path },
    cause: thrown,
  });
}

function reasonOf(code: string | undefined, thrown: unknown): { readonly what: string; readonly action: string } {
  if (code === "ENOSPC" || code === "EDQUOT")
    return {
      what: "is on a disk that is full",
      action: "Make room there, or give another folder (arras-node --cache).",
    };
  if (code === "EEXIST")
    return {
      what: "is on a disk that cannot hold this file beside another whose name differs only in case or form",
      action: "Rename one of them, or give a folder of another file system (arras-node --cache).",
    };
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return { what: `cannot be used: ${reason}`, action: "Look at the folder that arras-node --cache names." };
}

/** What the farm's store said of an object, or what happened while it was kept. */
export function fetchFailure(thrown: unknown, path: string): ArrasError {
  const error = cacheFailure(thrown, path);
  const actions: Readonly<Record<string, string>> = {
    "object-missing": "Submit the render again: it uploads what is missing.",
    "object-broken": "Submit the render again with --verify-assets: it replaces what is broken.",
  };
  const action = actions[error.code] ?? error.action;
  return new ArrasError(error.code, { message: error.message, action, place: { path, ...error.place }, cause: thrown });
}
