// Every command and option of arras-farm, and the text of --help. Pure.

export interface FarmOption {
  readonly short?: string;
  /** What it takes; absent: a switch. */
  readonly value?: string;
  readonly help: string;
}

export const farmOptions = {
  host: { value: "NAME", help: "the farm's coordinator, any of them; else 127.0.0.1 [ARRAS_HOST]" },
  port: { value: "N", help: "its port; else 8888 [ARRAS_PORT]" },
  tls: { help: "TLS to it; a known authority has signed its certificate [ARRAS_TLS]" },
  ca: { value: "FILE", help: "the authority of its certificate, and TLS [ARRAS_CA]" },
  cert: { value: "FILE", help: "your certificate, where it asks for one [ARRAS_CERT]" },
  key: { value: "FILE", help: "its key [ARRAS_KEY]" },
  "token-file": {
    value: "FILE",
    help: "its first line is your token [ARRAS_TOKEN_FILE, or it in ARRAS_TOKEN]",
  },
  json: { help: "for programs: one JSON object, of events one on each line" },
  follow: { short: "f", help: "events: go on with what happens" },
  since: { value: "TIME", help: "events: only since then: 90s, 10m, 2h, 1d ago, or 2026-05-01T12:00:00Z" },
  after: { value: "N", help: "events: only those after number N" },
  output: { short: "o", value: "FILE", help: "fetch: where to; .exr is the film, .png a picture of it" },
  help: { short: "h", help: "this text" },
  version: { help: "version" },
} as const satisfies Readonly<Record<string, FarmOption>>;

/** By name: what it takes, and what it does. */
export const farmCommands = {
  nodes: { takes: "[NODE]", help: "the farm's nodes; of one node everything that is known" },
  sessions: { takes: "", help: "all sessions: those that wait, run, or have ended and are not closed yet" },
  session: { takes: "SESSION", help: "everything that is known of one" },
  drain: { takes: "NODE", help: "let a node finish what is in flight, hand back the rest, and leave" },
  pause: { takes: "SESSION", help: "render nothing more of a session until it is resumed; it keeps its places" },
  resume: { takes: "SESSION", help: "render it again" },
  cancel: { takes: "SESSION", help: "end a session's rendering; its client keeps what is there" },
  images: {
    takes: "[SESSION]",
    help: "finished images of sessions that have ended; of one everything",
  },
  fetch: { takes: "SESSION", help: "write one of them to a file; else the EXR, named after the scene" },
  events: { takes: "", help: "what has happened: the journal of the last days" },
} as const;

export type FarmCommandName = keyof typeof farmCommands;

const head = `arras-farm: shows a farm's nodes, sessions, events and images, and tells nodes and sessions to end

Usage: arras-farm [options] COMMAND

Commands:
`;

const tail = `
NODE and SESSION are ids, or beginnings of ids that only one has.

Exit codes:
  0  done
  1  it could not be done: the coordinator is not reached, or there is no such node or session
  2  the command line is wrong

Examples:
  arras-farm --host render1 nodes
  arras-farm session 3f0c
  arras-farm --json sessions | jq -r '.sessions[] | select(.state == "queued") | .id'
  arras-farm events --since 1h --follow
  arras-farm fetch 3f0c -o frame.exr
`;

export function farmHelp(): string {
  const commands = Object.entries(farmCommands).map(([name, { takes, help }]) => [`${name} ${takes}`.trimEnd(), help]);
  const rows: [string, FarmOption][] = Object.entries(farmOptions);
  const options = rows.map(([name, { short, value, help }]) => [
    `${short === undefined ? "    " : `-${short}, `}--${name}${value === undefined ? "" : ` ${value}`}`,
    help,
  ]);
  return `${head}${aligned(commands)}\nOptions:\n${aligned(options)}${tail}`;
}

function aligned(rows: readonly (readonly string[])[]): string {
  const width = Math.max(...rows.map(([name = ""]) => name.length));
  return rows.map(([name = "", help = ""]) => `  ${name.padEnd(width)}  ${help}\n`).join("");
}
