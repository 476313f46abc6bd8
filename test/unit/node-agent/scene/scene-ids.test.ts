// Names by which parts of a scene are edited: each of them once.
import fc from "fast-check";
import { expect, it } from "vitest";
import { sceneIds } from "../../../../node-agent/scene/scene-ids.ts";
import { limits } from "../../../../proto/limits.ts";

it("names differ -> they are the ids; several are the same -> numbered from the second on", () => {
  expect(sceneIds(["a", "b", "a", "", "a", ""], "light")).toEqual(["a", "b", "a#2", "light", "a#3", "light#2"]);
});

it("a name looks like a numbered one -> still each id once", () => {
  expect(sceneIds(["a#2", "a", "a", "a"], "light")).toEqual(["a#2", "a", "a#3", "a#4"]);
});

it("any names -> each id once, short enough, not more than are listed, and the same for the same names", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom("a", "a#2", "", "x".repeat(300)))), (names) => {
      const ids = sceneIds(names, "object");
      expect(new Set(ids).size).toBe(names.length);
      expect(ids.every((id) => id.length > 0 && id.length <= limits.editIdCharsMax)).toBe(true);
      expect(sceneIds(names, "object")).toEqual(ids);
    }),
  );
  expect(sceneIds(Array(limits.contentsListedMax + 1).fill("a"), "object")).toHaveLength(limits.contentsListedMax);
});
