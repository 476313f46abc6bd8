// What a client speaks, from the first bytes of its connection: that is how gRPC and HTTP share one port. Pure.

/** RFC 9113, 3.4: what every HTTP/2 client says first. No HTTP/1 method is called PRI. */
const http2Preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");
/** RFC 8446, 5.1: the record type "handshake", with which a TLS client begins. */
const tlsHandshake = 0x16;

/** `http1` is also what is nothing at all: an HTTP/1 server has the answer for it. */
export type Speech = "http2" | "http1" | "tls" | "undecided";

/** `bytes`: all that has come so far. Undecided for less than the preface's 24 bytes, and then only for its beginning. */
export function speechOf(bytes: Uint8Array): Speech {
  if (bytes.length === 0) return "undecided";
  if (bytes[0] === tlsHandshake) return "tls";
  const length = Math.min(bytes.length, http2Preface.length);
  if (Buffer.compare(bytes.subarray(0, length), http2Preface.subarray(0, length)) !== 0) return "http1";
  return length < http2Preface.length ? "undecided" : "http2";
}
