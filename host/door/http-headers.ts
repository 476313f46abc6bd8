// Headers that every answer of the door has. A page of ours loosens the policy to what it needs; nothing allows another
// site to read from here (no CORS). Pure.

/** For everything that is no page: nothing in it may be run, framed or guessed to be something else. */
export const strictHeaders = {
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "cache-control": "no-store",
} as const;

/**
 * For the viewer's own page: its own files alone, WebAssembly (the denoiser), pictures made in the page, and WebSockets to
 * the host that it came from.
 */
export const pagePolicy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self' blob:",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");
