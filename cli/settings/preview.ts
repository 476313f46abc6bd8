// Where the picture is shown while it renders, and where its camera goes.
import { type HostPort, parseHostPort } from "../../proto/host-port.ts";
import type { OptionValues } from "../option-table.ts";
import { quoted, type ValueReader } from "../value-readers.ts";

export const previewNames = ["none", "terminal", "kitty", "sixel", "blocks"] as const;

export interface PreviewSettings {
  /** In the terminal: as it can, or as is said. */
  readonly preview: (typeof previewNames)[number];
  /** The camera's path is written there; undefined: nowhere. */
  readonly record: string | undefined;
  /** The camera follows the path in that file; undefined: it stands. */
  readonly replay: string | undefined;
  /** Where a tev listens; undefined: none is to show it. */
  readonly tev: HostPort | undefined;
}

/** tev's own. */
const tevPort = 14_158;

export function readPreview(values: OptionValues, reader: ValueReader): PreviewSettings {
  return {
    preview: reader.oneOf("--preview", values.get("preview")?.[0] ?? "none", previewNames) ?? "none",
    record: readRecord(values, reader),
    replay: values.get("replay")?.[0],
    tev: readTev(values.get("tev")?.[0], reader),
  };
}

function readRecord(values: OptionValues, reader: ValueReader): string | undefined {
  const record = values.get("record")?.[0];
  const isMoved = ["gui", "host", "replay"].some((name) => values.has(name as "gui"));
  if (record !== undefined && !isMoved) {
    const action = "Give --gui, --host or --replay too.";
    reader.mistake("--record", "--record, and nobody can move the camera", action);
  }
  return record;
}

function readTev(text: string | undefined, reader: ValueReader): HostPort | undefined {
  if (text === undefined) return undefined;
  const address = parseHostPort(text) ?? parseHostPort(`${text}:${tevPort}`);
  if (address !== undefined && address.port > 0) return address;
  return reader.mistake(
    "--tev",
    `--tev ${quoted(text)} is no address`,
    `Give HOST or HOST:PORT, as tev --host has it.`,
  );
}
