import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { speechOf } from "../../../../host/door/first-bytes.ts";

const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

describe("the first bytes of a connection", () => {
  it("the HTTP/2 preface in every fragmentation -> undecided until its last byte, then http2", () => {
    for (let length = 0; length < preface.length; length += 1)
      expect(speechOf(preface.subarray(0, length)), `${length} bytes`).toBe("undecided");
    expect(speechOf(preface)).toBe("http2");
    expect(speechOf(Buffer.concat([preface, Buffer.alloc(100)]))).toBe("http2");
  });

  it.each([
    "GET / HTTP/1.1\r\n",
    "G",
    "POST /",
    "PUT",
    "PATCH /",
    "PRI *\r\n",
    "PRI * HTTP/1.1\r\n\r\n",
    "\0",
    "nonsense",
  ])("%j -> http1", (text) => {
    expect(speechOf(Buffer.from(text))).toBe("http1");
  });

  it("P, with which both may begin -> undecided until the second byte", () => {
    expect(["P", "PO", "PR"].map((text) => speechOf(Buffer.from(text)))).toEqual(["undecided", "http1", "undecided"]);
  });

  it("a TLS handshake -> tls", () => {
    expect(speechOf(Buffer.from([0x16, 3, 1]))).toBe("tls");
  });

  it("any bytes -> undecided for beginnings of the preface alone, and a decision is never taken back", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc
        .tuple(fc.integer({ min: 0, max: 24 }), fc.uint8Array({ maxLength: 30 }))
        .map(([length, rest]) => Buffer.concat([preface.subarray(0, length), rest])),
    );
    fc.assert(
      fc.property(bytes, fc.uint8Array({ maxLength: 30 }), (first, more) => {
        const speech = speechOf(first);
        const isBeginning = first.length < 24 && Buffer.from(first).equals(preface.subarray(0, first.length));
        expect(speech === "undecided").toBe(isBeginning);
        if (speech !== "undecided") expect(speechOf(Buffer.concat([first, more]))).toBe(speech);
      }),
    );
  });
});
