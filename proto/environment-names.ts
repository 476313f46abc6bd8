// Environment variables that a session definition must not set: each of them makes the loader, Node.js or our own
// process run or trust something else than the node's configuration says. The reader and the agent both refuse them.

const refused =
  /^(LD_|DYLD_|NODE_|ARRAS_|UV_|NATS_|GLIBC_|MALLOC_|OPENSSL_|SSL_)|^(PATH|HOME|IFS|ENV|BASH_ENV|GCONV_PATH)$/;
const wellFormed = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Why `name` may not be set, or undefined when it may. */
export function environmentNameMistake(name: string): string | undefined {
  if (!wellFormed.test(name)) return "is no name of an environment variable";
  return refused.test(name) ? "belongs to the node, not to a session" : undefined;
}
