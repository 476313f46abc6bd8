import { expect, it } from "vitest";
import { mergerAddressText, parseMergerAddress } from "../../../proto/merger-address.ts";

it.each([
  ["unix:/m-1", "unix:/m-1", false],
  ["10.0.0.7:4321", "10.0.0.7:4321", false],
  ["tls:10.0.0.7:4321", "10.0.0.7:4321", true],
  ["tls:[fd00::7]:4321", "[fd00::7]:4321", true],
])("%s -> where gRPC finds it, and whether it speaks TLS; and back", (text, target, isSecure) => {
  expect(parseMergerAddress(text)).toEqual({ target, isSecure });
  expect(mergerAddressText({ target, isSecure })).toBe(text);
});
