// Addresses as people give them.
import { describe, expect, it } from "vitest";
import { hostPortText, isLoopback, isWildcard, parseHostPort } from "../../../proto/host-port.ts";

describe("host and port", () => {
  it.each(["a:1", "render-1.farm_x:65535", "127.0.0.1:0", "[::1]:8888", "[fd00::2]:80"])(
    "%s -> the same text",
    (text) => {
      const parsed = parseHostPort(text);
      expect(parsed && hostPortText(parsed)).toBe(text);
    },
  );

  it.each(["", "a", ":1", "a:", "a:65536", "::1:80", "a b:1", "[a]:1x", "http://a:1", "a:-1"])("%j -> none", (text) => {
    expect(parseHostPort(text)).toBeUndefined();
  });

  it("who can reach it -> by its host", () => {
    expect(["localhost", "127.0.0.1", "127.9.9.9", "::1"].map(isLoopback)).toEqual([true, true, true, true]);
    expect(["0.0.0.0", "10.0.0.1", "127.evil.example"].map(isLoopback)).toEqual([false, false, false]);
    expect(["0.0.0.0", "::", "::1"].map(isWildcard)).toEqual([true, true, false]);
  });
});
