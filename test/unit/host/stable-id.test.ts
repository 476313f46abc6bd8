// Ids that follow from names.
import { expect, it } from "vitest";
import { stableId } from "../../../host/stable-id.ts";

it("the same names -> the same id, in the form of a UUID; others, or cut otherwise -> another", () => {
  expect(stableId("ann", "r1")).toBe(stableId("ann", "r1"));
  expect(stableId("ann", "r1")).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
  const ids = [stableId("ann", "r1"), stableId("annr", "1"), stableId("", "annr1"), stableId("ann", "r2")];
  expect(new Set(ids).size).toBe(ids.length);
});
