// What environment a computation gets: a few of the node's variables, none of its secrets, and what the session asks
// for where that may be asked.
import { environmentNameMistake } from "../proto/environment-names.ts";
import { ArrasError } from "../proto/errors.ts";

const inherited =
  /^(PATH|HOME|USER|LOGNAME|LANG|LC_[A-Z]+|TZ|TMPDIR|LD_LIBRARY_PATH|DYLD_LIBRARY_PATH|ARRAS_[A-Z0-9_]+)$/;
/** How to reach the farm's NATS is the agent's business alone, whatever the login. */
const agentsOwn = /^ARRAS_NATS/;
const secret = /TOKEN|SECRET|PASSWORD|CREDENTIAL|CREDS|NKEY|_KEY/;

/** libuv refuses more threads than this. */
const uvThreadCountMax = 1024;

/** Throws `message-malformed` for a variable that a session must not set. */
export function childEnvironment(
  own: { readonly [name: string]: string | undefined },
  wanted: { readonly [name: string]: string },
  threadCount: number,
): { [name: string]: string } {
  const environment: { [name: string]: string } = {};
  for (const [name, value] of Object.entries(own)) {
    if (value !== undefined && inherited.test(name) && !agentsOwn.test(name) && !secret.test(name))
      environment[name] = value;
  }
  for (const [name, value] of Object.entries(wanted)) {
    const mistake = environmentNameMistake(name) ?? (value.includes("\0") ? "has a NUL character" : undefined);
    if (mistake !== undefined) {
      throw new ArrasError("message-malformed", {
        message: `The environment variable ${JSON.stringify(name.slice(0, 80))} ${mistake}`,
        action: "Remove it from the session definition.",
      });
    }
    environment[name] = value;
  }
  // Each render thread occupies one of libuv's for as long as it renders; file access needs some beside them.
  environment.UV_THREADPOOL_SIZE = String(Math.min(uvThreadCountMax, threadCount + 4));
  return environment;
}
