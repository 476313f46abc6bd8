// The files that a coordinator's door is opened with, all read at the start with all that is wrong with them.
import { readFileSync } from "node:fs";
import { ArrasError, ArrasErrors } from "../../proto/errors.ts";
import type { HostPort } from "../../proto/host-port.ts";
import { limits } from "../../proto/limits.ts";
import type { FileSetting } from "../nats/nats-settings.ts";
import { fileMistake } from "../pem-files.ts";
import { type DoorTls, type DoorTlsSettings, readDoorTls } from "./door-tls.ts";
import { parseTokenList, sha256Of, type TokenEntry, tokenOfText } from "./token-list.ts";

export interface DoorFileSettings {
  readonly tls: DoorTlsSettings | undefined;
  readonly tokens: FileSetting | undefined;
  /** Where computations look for the door. */
  readonly advertise: HostPort;
}

export interface DoorFiles {
  readonly tls: DoorTls | undefined;
  readonly tokens: readonly TokenEntry[] | undefined;
}

/** `nowMs`: wall clock, milliseconds since 1970. Throws ArrasErrors, code `usage`, with every mistake. */
export function readDoorFiles({ tls, tokens, advertise }: DoorFileSettings, nowMs: number): DoorFiles {
  const mistakes: ArrasError[] = [];
  const read = <Value>(reading: () => Value): Value | undefined => {
    try {
      return reading();
    } catch (thrown) {
      mistakes.push(...(thrown instanceof ArrasErrors ? thrown.errors : [ArrasError.from(thrown)]));
      return undefined;
    }
  };
  const files = {
    tls: tls && read(() => readDoorTls(tls, { nowMs, advertisedHost: advertise.host })),
    tokens: tokens && read(() => readTokenList(tokens)),
  };
  if (mistakes.length > 0) throw new ArrasErrors(mistakes);
  return files;
}

function readTokenList(file: FileSetting): readonly TokenEntry[] {
  let text: string;
  try {
    text = readFileSync(file.path, "utf8");
  } catch (cause) {
    throw fileMistake(file, "cannot be read", "Is it there, and may this user read it?", cause);
  }
  return parseTokenList(text, file.path);
}

/** A line for people: what stands for the token of the stream's first line in a list of tokens. Rejects with `usage`. */
export async function hashedToken(stream: AsyncIterable<Uint8Array | string>): Promise<string> {
  let text = "";
  for await (const chunk of stream) {
    text += chunk.toString();
    if (text.includes("\n") || text.length > limits.tokenCharsMax) break;
  }
  return `sha256:${Buffer.from(sha256Of(tokenOfText(text, "standard input"))).toString("hex")}\n`;
}
