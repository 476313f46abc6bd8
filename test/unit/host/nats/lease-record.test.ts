// A lease's bytes: what is written is read, and what cannot be read is never taken for free.
import { expect, it } from "vitest";
import { decodeLease, encodeLease, leaseRecordOf } from "../../../../host/nats/lease-record.ts";

const owner = { owner: "c-1", about: "10.0.0.1:8888" };
const bytes = (text: string) => new TextEncoder().encode(text);

it("held and free -> as they were written", () => {
  expect(decodeLease(encodeLease(owner))).toEqual(owner);
  expect(decodeLease(encodeLease(undefined))).toBeUndefined();
});

it.each([
  "",
  "null",
  "7",
  "[]",
  "{}",
  '{"t":"held"}',
  '{"t":"held","owner":7}',
  '{"t":"held","owner":""}',
  "{",
  "\xff",
])("%j -> somebody's, who is waited for", (text) => {
  expect(decodeLease(bytes(text))).toEqual({ owner: "", about: "" });
});

it("it says nothing about its holder, or something odd -> held all the same", () => {
  expect(decodeLease(bytes('{"t":"held","owner":"c-1"}'))).toEqual({ owner: "c-1", about: "" });
  expect(decodeLease(bytes('{"t":"held","owner":"c-1","about":{}}'))).toEqual({ owner: "c-1", about: "" });
});

it("a store's entry -> absent, held with its revision, or free with its revision", () => {
  const entry = (value: Uint8Array) => ({ key: "leases.s", value, revision: 4 });
  expect(leaseRecordOf(undefined)).toEqual({ t: "absent" });
  expect(leaseRecordOf(entry(encodeLease(owner)))).toEqual({ t: "present", revision: 4, owner: "c-1" });
  expect(leaseRecordOf(entry(encodeLease(undefined)))).toEqual({ t: "present", revision: 4, owner: undefined });
});
