// What a user reads when a node cannot keep his scene.
import { expect, it } from "vitest";
import { cacheFailure, fetchFailure, noRoom } from "../../../../node-agent/assets/cache-error.ts";
import { ArrasError } from "../../../../proto/errors.ts";

const systemError = (code: string) => Object.assign(new Error(`${code}: it says`), { code });

it("the disk is full -> cache-failed for another node, with the file and what to do", () => {
  for (const code of ["ENOSPC", "EDQUOT"]) {
    const error = cacheFailure(systemError(code), "scene/a.png");
    expect(error).toMatchObject({ code: "cache-failed", retry: "other-node", place: { path: "scene/a.png" } });
    expect(error.toString()).toMatch(/disk that is full .*--cache/);
  }
});

it("names that a disk cannot tell apart, or anything else -> cache-failed with the reason", () => {
  expect(cacheFailure(systemError("EEXIST"), "scene/A.png").message).toMatch(/differs only in case/);
  expect(cacheFailure(systemError("EACCES"), "x").message).toMatch(/EACCES: it says/);
  expect(cacheFailure("odd", "x").message).toMatch(/odd/);
});

it("the store says something -> its code, the file, and an action that a user can take", () => {
  const said = (code: "object-missing" | "object-broken" | "unavailable") =>
    fetchFailure(new ArrasError(code, { message: "m", action: "a" }), "scene/a.png");
  expect(said("object-missing")).toMatchObject({ action: expect.stringMatching(/uploads what is missing/) });
  expect(said("object-broken")).toMatchObject({ action: expect.stringMatching(/--verify-assets/) });
  expect(said("unavailable")).toMatchObject({ code: "unavailable", action: "a", place: { path: "scene/a.png" } });
});

it("it does not fit -> sizes of all that matters", () => {
  expect(noRoom(120e9, 100e9, 0).message).toBe(
    "The scene needs 120000 MB more in the node's cache, which has 100000 MB",
  );
  expect(noRoom(1_500_000, 2e6, 1e6).message).toMatch(/1\.5 MB more .* 2\.0 MB, of which 1\.0 MB are in use/);
});
