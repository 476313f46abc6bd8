// The form of a digest: objects, bundles and films are named by the SHA-256 of their contents.

/** 64 lower-case hexadecimal digits: what comes from outside becomes paths and subjects. */
export function isSha256(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}
