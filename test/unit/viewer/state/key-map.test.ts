// The keyboard map.
import { expect, it } from "vitest";
import { commandOf, keyRows, keyText } from "../../../../viewer/state/key-map.ts";

const plain = { ctrlKey: false, metaKey: false, altKey: false };

it("every key -> one command", () => {
  const keys = keyRows.flatMap((row) => row.keys);
  expect(new Set(keys).size).toBe(keys.length);
  for (const row of keyRows) for (const key of row.keys) expect(commandOf({ key, ...plain })).toBe(row.command);
});

it("a key with Control, Alt or Command -> the browser's", () => {
  for (const held of ["ctrlKey", "metaKey", "altKey"])
    expect(commandOf({ key: "f", ...plain, [held]: true })).toBeUndefined();
  expect(commandOf({ key: "F13", ...plain })).toBeUndefined();
});

it("arrow keys -> shown as arrows", () => {
  expect(["ArrowLeft", "?"].map(keyText)).toEqual(["←", "?"]);
});
