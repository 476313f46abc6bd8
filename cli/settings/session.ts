// Which computations render, where, and with what.
import { hostPortText, parseHostPort } from "../../proto/host-port.ts";
import { limits } from "../../proto/limits.ts";
import type { OptionName, OptionValues } from "../option-table.ts";
import { quoted, type ValueReader } from "../value-readers.ts";

export interface SessionSettings {
  readonly renderer: string;
  readonly rendererOptions: string;
  /** undefined: as the session definition says. */
  readonly mcrtCount: { readonly min: number; readonly max: number } | undefined;
  /** 0: as the session definition says. */
  readonly numCores: number;
  readonly sessionName: string;
  readonly connectTimeoutMs: number;
  /** Addresses of the farm's coordinators, any of which will do; empty: this machine alone. */
  readonly coordinators: readonly string[];
  /** All machines of the farm see the same files by the same paths. */
  readonly sharedFs: boolean;
  readonly verifyAssets: boolean;
  readonly priority: number;
  /** 0: refused at once where there is no room. */
  readonly queueTimeoutMs: number;
  readonly autoFit: boolean;
  readonly tags: readonly string[];
  /** Of all units, 0 to 1: see SessionSpec.verify_share. */
  readonly verifyShare: number;
}

export const rendererNames = ["embree", "fake"] as const;

const tagPattern = new RegExp(`^[\\w.:-]{1,${limits.tagCharsMax}}$`);

/** See SessionSpec.priority. */
const priorityDefault = 50;

export function readSession(values: OptionValues, reader: ValueReader): SessionSettings {
  const text = (name: OptionName) => values.get(name)?.[0];
  const mcrtCount = text("num-mcrt") === undefined ? undefined : readMcrtCount(text("num-mcrt") ?? "", reader);
  const cores = text("num-cores");
  const timeoutS =
    reader.number("--con-timeout", text("con-timeout") ?? "30", { min: 0, max: 3600, above: true }) ?? 30;
  const renderer = reader.oneOf("--renderer", text("renderer") ?? "embree", rendererNames) ?? "embree";
  const rendererOptions = text("renderer-options") ?? "";
  if (rendererOptions !== "" && renderer !== "fake") {
    reader.mistake(
      "--renderer-options",
      "Only the fake renderer has options",
      "Leave them out, or give --renderer fake.",
    );
  }
  return {
    mcrtCount,
    numCores:
      (cores === undefined ? 0 : reader.number("--num-cores", cores, { min: 0, max: limits.coresMax, above: true })) ??
      0,
    sessionName: text("session") ?? ((mcrtCount?.max ?? 1) > 1 ? "mcrt_progressive_n" : "mcrt_progressive"),
    connectTimeoutMs: Math.ceil(timeoutS * 1000),
    coordinators: readCoordinators(text("host"), text("port"), reader),
    ...readAssetSwitches(values, reader),
    renderer,
    rendererOptions,
    priority:
      reader.integer("--priority", text("priority") ?? String(priorityDefault), { min: 0, max: limits.priorityMax }) ??
      priorityDefault,
    queueTimeoutMs: readQueueTimeoutMs(values, reader),
    autoFit: values.has("auto-fit"),
    tags: readTags(values.get("tag") ?? [], reader),
    verifyShare: readVerifyShare(values, reader),
  };
}

function readQueueTimeoutMs(values: OptionValues, reader: ValueReader): number {
  const given = values.get("queue-timeout")?.[0];
  const maxS = limits.queueTimeoutMsMax / 1000;
  const timeoutS = given === undefined ? maxS : reader.number("--queue-timeout", given, { min: 0, max: maxS });
  if (given !== undefined && values.has("no-wait"))
    reader.mistake("--queue-timeout", "--queue-timeout contradicts --no-wait", "Give one of the two.");
  // On one machine everything that will ever be there is there.
  if (values.has("no-wait") || !values.has("host")) return 0;
  return Math.ceil((timeoutS ?? 0) * 1000);
}

/** "0.5%" and "0.005" are the same. */
function readVerifyShare(values: OptionValues, reader: ValueReader): number {
  const text = values.get("verify")?.[0];
  if (text === undefined) return 0;
  const [, digits = "", percent] = /^(\d{1,3}(?:\.\d{1,9})?)(%?)$/.exec(text) ?? [];
  const share = percent === "%" ? Number(digits) / 100 : Number(digits);
  if (digits === "" || share > 1)
    reader.mistake("--verify", `--verify ${quoted(text)} is no share of a whole`, "Give one, like 0.5% or 0.005.");
  if (!values.has("host"))
    reader.mistake("--verify", "--verify compares machines, and here is one alone", "Leave it out, or give --host.");
  return share;
}

/** As arras-node takes them. */
function readTags(given: readonly string[], reader: ValueReader): string[] {
  const tags = [...new Set(given.flatMap((text) => text.split(",").map((word) => word.trim())))];
  for (const tag of tags) {
    if (!tagPattern.test(tag))
      reader.mistake("--tag", `--tag ${quoted(tag)} is no word`, "Use letters, digits, _ . : -");
  }
  if (tags.length > limits.wishedTagsMax)
    reader.mistake("--tag", `${tags.length} tags pass the limit wishedTagsMax, ${limits.wishedTagsMax}`, "Give fewer.");
  return tags;
}

function readCoordinators(
  hosts: string | undefined,
  portText: string | undefined,
  reader: ValueReader,
): readonly string[] {
  const port = reader.integer("--port", portText ?? "8888", { min: 1, max: 65_535 }) ?? 8888;
  if (hosts === undefined) {
    if (portText !== undefined) reader.mistake("--port", "A port without a host", "Give --host NAME too.");
    return [];
  }
  return hosts.split(",").flatMap((host) => readCoordinator(host.trim(), port, reader) ?? []);
}

/** A name, an address, or one of them with a port of its own. */
function readCoordinator(host: string, port: number, reader: ValueReader): string | undefined {
  const bracketed = /^[0-9a-f.]*(:[0-9a-f.]*){2,}$/i.test(host) ? `[${host}]` : host;
  const parsed = parseHostPort(`${bracketed}:${port}`) ?? parseHostPort(host);
  if (parsed !== undefined && parsed.port > 0) return hostPortText(parsed);
  return reader.mistake(
    "--host",
    `--host ${quoted(host)} is no host`,
    "Give a name or an address; the port is --port, or follows each of several: a:8888,b:8889.",
  );
}

function readAssetSwitches(values: OptionValues, reader: ValueReader) {
  const [sharedFs, verifyAssets] = [values.has("shared-fs"), values.has("verify-assets")];
  for (const name of ["shared-fs", "verify-assets"] as const) {
    if (values.has(name) && !values.has("host"))
      reader.mistake(
        `--${name}`,
        `--${name} is about a farm, and there is no --host`,
        "Leave it out: nothing is uploaded.",
      );
  }
  if (sharedFs && verifyAssets)
    reader.mistake("--verify-assets", "With --shared-fs nothing is uploaded", "Leave one of them out.");
  return { sharedFs, verifyAssets };
}

/** `N` or `N-M`, in either order as in Arras. */
function readMcrtCount(text: string, reader: ValueReader): { min: number; max: number } | undefined {
  const [, first, second] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? [];
  const counts = [Number(first), Number(second ?? first)];
  if (counts.every((count) => count >= 1 && count <= limits.mcrtCountMax)) {
    return { min: Math.min(...counts), max: Math.max(...counts) };
  }
  const action = `Give N or N-M, each 1 to mcrtCountMax = ${limits.mcrtCountMax}.`;
  return reader.mistake("--num-mcrt", `--num-mcrt ${quoted(text)} is no number of computations`, action);
}
