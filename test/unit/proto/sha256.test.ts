// What counts as a digest.
import { expect, it } from "vitest";
import { isSha256 } from "../../../proto/sha256.ts";

it("64 lower-case hexadecimal digits -> a digest; anything else -> none", () => {
  expect(isSha256("0123456789abcdef".repeat(4))).toBe(true);
  const none = ["", "abc", "A".repeat(64), "a".repeat(63), "a".repeat(65), `${"a".repeat(64)}\n`, "../".repeat(21)];
  expect(none.filter(isSha256)).toEqual([]);
});
