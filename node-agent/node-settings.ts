// A node agent's command line and environment as complete settings, with all mistakes at once. Pure: what the machine
// has is an argument.

import { isAbsolute, join, resolve } from "node:path";
import { z } from "zod";
import type { NatsSettings } from "../host/nats/nats-settings.ts";
import {
  commonServiceOptions,
  type GivenValue,
  type ServiceOptionTable,
  serviceOptionsHelp,
  splitServiceArguments,
  usageMistake,
} from "../host/service-options.ts";
import { readCount, readHostPort, readLogLevel, readNats } from "../host/service-values.ts";
import { type ArrasError, ArrasErrors } from "../proto/errors.ts";
import { type HostPort, hostPortText, isLoopback, parseHostPort } from "../proto/host-port.ts";
import { limits } from "../proto/limits.ts";
import type { MergerTlsSettings } from "./merger-identity.ts";

export interface NodeSettings {
  readonly nats: NatsSettings;
  readonly coreCount: number;
  readonly memoryBytes: number;
  readonly tags: readonly string[];
  readonly renderers: readonly string[];
  /** Where others reach what runs here; in brackets if it is IPv6. */
  readonly hostAddress: string;
  /** With what its mergers serve; undefined: without TLS. */
  readonly tls: MergerTlsSettings | undefined;
  /** Program and arguments; undefined: nobody is asked whether this machine is taken away. */
  readonly drainWhen: readonly string[] | undefined;
  readonly drainDeadlineMs: number;
  /** Of each kind of computation so many processes are started before they are asked for. */
  readonly prestartCount: number;
  /** Whether these play a small film with themselves while they wait. */
  readonly rehearses: boolean;
  /** Where scenes are kept that are fetched. */
  readonly cacheFolder: string;
  /** undefined: by what the disk has. */
  readonly cacheSizeBytes: number | undefined;
  /** Where its figures are; undefined: nowhere. */
  readonly metrics: HostPort | undefined;
  readonly logLevel: number;
}

/** What there is to offer. */
export interface Machine {
  readonly coreCount: number;
  /** What is kept for the machine itself is taken off already. */
  readonly memoryBytes: number;
  /** By which other machines reach this one; undefined: none is known. */
  readonly address: string | undefined;
}

export type NodeCommand =
  | { readonly t: "help" }
  | { readonly t: "version" }
  | { readonly t: "run"; readonly settings: NodeSettings };

/** For the operating system and the agent. */
const keptCoreCount = 1;
const rendererNames = ["embree", "fake"];

export const nodeOptions = {
  cores: { value: "N", variable: "ARRAS_NODE_CORES", help: "cores for computations; else all but one" },
  memory: {
    value: "SIZE",
    variable: "ARRAS_NODE_MEMORY",
    help: "memory for them, e.g. 24g or 800m; else what is free but 1 GB and what --prestart takes",
  },
  tag: {
    value: "WORD",
    repeatable: true,
    variable: "ARRAS_NODE_TAGS",
    help: "a word that sessions may ask for; repeatable, or with commas",
  },
  renderer: {
    value: "NAME",
    repeatable: true,
    variable: "ARRAS_NODE_RENDERERS",
    help: "a renderer that is allowed here: embree, fake; repeatable; else embree",
  },
  "host-address": {
    value: "ADDRESS",
    variable: "ARRAS_NODE_ADDRESS",
    help: "where other machines reach this one; else found out, or 127.0.0.1 where NATS is on this machine",
  },
  "tls-cert": {
    value: "FILE",
    variable: "ARRAS_NODE_TLS_CERT",
    help: "a certificate for that address, with those above it: mergers here then speak TLS",
  },
  "tls-key": { value: "FILE", variable: "ARRAS_NODE_TLS_KEY", help: "its key" },
  "drain-when": {
    value: "COMMAND",
    variable: "ARRAS_NODE_DRAIN_WHEN",
    help: "leave when it exits with 0, e.g. a spot notice; words, or a JSON list of them; no shell; asked every 3 s",
  },
  "drain-deadline": {
    value: "SECONDS",
    variable: "ARRAS_NODE_DRAIN_DEADLINE",
    help: "what runs here may take so long to finish and go when the node leaves; else 25",
  },
  prestart: {
    value: "N",
    variable: "ARRAS_NODE_PRESTART",
    help: "of each kind of computation so many processes wait beforehand for an order; 0: none; else 1",
  },
  "no-rehearsal": {
    variable: "ARRAS_NODE_NO_REHEARSAL",
    help: "these only wait; else each plays a small film with itself, that its first real one is fast",
  },
  cache: {
    value: "FOLDER",
    variable: "ARRAS_NODE_CACHE",
    help: "where fetched scenes are kept, for all agents of this machine; else arras in XDG_CACHE_HOME or ~/.cache",
  },
  "cache-size": {
    value: "SIZE",
    variable: "ARRAS_NODE_CACHE_SIZE",
    help: "of them together, e.g. 200g; else half of what its disk has free, at most 64 GB",
  },
  metrics: {
    value: "HOST:PORT",
    variable: "ARRAS_NODE_METRICS",
    help: "figures for Prometheus at http://HOST:PORT/metrics, without a login; else none",
  },
  ...commonServiceOptions,
} as const satisfies ServiceOptionTable;

/** Throws ArrasErrors, code `usage`, with every mistake. */
export function readNodeCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  machine: Machine,
): NodeCommand {
  const { values, nats: natsOptions, mistakes: found } = splitServiceArguments(args, environment, nodeOptions);
  if (values.has("help")) return { t: "help" };
  if (values.has("version")) return { t: "version" };
  const mistakes = [...found];
  const all = (name: keyof typeof nodeOptions) => values.get(name) ?? [];
  const nats = readNats(natsOptions, environment, mistakes);
  const coreCount = cores(all("cores")[0], mistakes) ?? Math.max(1, machine.coreCount - keptCoreCount);
  const prestartCount =
    readCount(all("prestart")[0], { what: "processes", max: limits.prestartCountMax }, mistakes) ??
    limits.prestartCount;
  const memoryBytes = size(all("memory")[0], "amount of memory", mistakes) ?? leftBy(prestartCount, machine);
  const cacheSizeBytes = size(all("cache-size")[0], "size", mistakes);
  const cacheFolder = cache(all("cache")[0], environment, mistakes);
  const tags = words(all("tag"), mistakes);
  const renderers = words(all("renderer"), mistakes);
  for (const name of renderers.filter((each) => !rendererNames.includes(each)))
    mistakes.push(usageMistake("--renderer", `There is no renderer ${name}`, `Give ${rendererNames.join(" or ")}.`));
  const hostAddress = address(all("host-address")[0], nats, machine, mistakes);
  const tls = tlsFiles(all("tls-cert")[0], all("tls-key")[0], mistakes);
  const drainWhen = commandWords(all("drain-when")[0], mistakes);
  const drainDeadlineMs = deadline(all("drain-deadline")[0], mistakes) ?? limits.drainDeadlineMs;
  const metrics = readHostPort(all("metrics")[0], mistakes);
  const logLevel = readLogLevel(all("log-level")[0], mistakes);
  if (nats === undefined || mistakes.length > 0) throw new ArrasErrors(mistakes);
  const own = {
    coreCount,
    memoryBytes,
    tags,
    hostAddress,
    tls,
    drainWhen,
    drainDeadlineMs,
    prestartCount,
    rehearses: !values.has("no-rehearsal"),
    cacheFolder,
    cacheSizeBytes,
  };
  const allowed = renderers.length === 0 ? ["embree"] : renderers;
  return { t: "run", settings: { nats, ...own, metrics, logLevel, renderers: allowed } };
}

export function nodeHelp(): string {
  return `arras-node: offers this machine to a farm

Usage: arras-node --nats nats://HOST:4222 [options]

${serviceOptionsHelp(nodeOptions)}`;
}

function tlsFiles(
  cert: GivenValue | undefined,
  key: GivenValue | undefined,
  mistakes: ArrasError[],
): MergerTlsSettings | undefined {
  const one = cert ?? key;
  if (one === undefined) return undefined;
  if (cert !== undefined && key !== undefined)
    return {
      cert: { path: cert.text, setting: cert.setting },
      key: { path: key.text, setting: key.setting },
    };
  const message = `${one.setting} is given, and TLS needs both --tls-cert and --tls-key`;
  mistakes.push(usageMistake(one.setting, message, "Give both, or neither."));
  return undefined;
}

function cores(given: GivenValue | undefined, mistakes: ArrasError[]): number | undefined {
  if (given === undefined) return undefined;
  const count = /^\d{1,4}$/.test(given.text) ? Number(given.text) : 0;
  if (count >= 1) return count;
  mistakes.push(usageMistake(given.setting, `${given.setting} is no number of cores`, "Give 1 or more."));
  return undefined;
}

const unitBytes: Readonly<Record<string, number>> = { m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

function size(given: GivenValue | undefined, noun: string, mistakes: ArrasError[]): number | undefined {
  if (given === undefined) return undefined;
  const [, digits = "", unit = ""] = /^(\d{1,6}(?:\.\d{1,3})?)([mgt])i?b?$/i.exec(given.text) ?? [];
  const sizeBytes = Math.floor(Number(digits) * (unitBytes[unit.toLowerCase()] ?? 0));
  if (sizeBytes > 0) return sizeBytes;
  mistakes.push(usageMistake(given.setting, `${given.setting} is no ${noun}`, "Give for example 24g or 800m."));
  return undefined;
}

/** A JSON list of words, for a word with a space in it, or words with spaces between them. */
function commandWords(given: GivenValue | undefined, mistakes: ArrasError[]): readonly string[] | undefined {
  if (given === undefined) return undefined;
  const text = given.text.trim();
  const words = text.startsWith("[") ? jsonWords(text) : text.split(/\s+/);
  if (words !== undefined && words.length > 0 && words[0] !== "" && words.every((word) => !word.includes("\0")))
    return words;
  const action = 'Give a program and its arguments, e.g. "/opt/spot-notice --quiet" or ["/opt/spot notice"].';
  mistakes.push(usageMistake(given.setting, `${given.setting} is no command`, action));
  return undefined;
}

function jsonWords(text: string): string[] | undefined {
  try {
    return z.array(z.string()).parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function deadline(given: GivenValue | undefined, mistakes: ArrasError[]): number | undefined {
  if (given === undefined) return undefined;
  const deadlineMs = /^\d{1,6}(\.\d{1,3})?$/.test(given.text) ? Math.round(Number(given.text) * 1000) : -1;
  if (deadlineMs >= 0 && deadlineMs <= limits.drainDeadlineMsMax) return deadlineMs;
  const action = `Give seconds, 0 to ${limits.drainDeadlineMsMax / 1000}.`;
  mistakes.push(usageMistake(given.setting, `${given.setting} is no time`, action));
  return undefined;
}

/** Processes that wait for an order are no computation's, and nobody reserves what they have. */
function leftBy(prestartCount: number, { memoryBytes }: Machine): number {
  return Math.max(0, memoryBytes - prestartCount * limits.prestartedPairSizeBytes);
}

function cache(
  given: GivenValue | undefined,
  environment: Readonly<Record<string, string | undefined>>,
  mistakes: ArrasError[],
): string {
  if (given !== undefined) {
    const folder = resolve(given.text);
    if (folder.length <= limits.cacheFolderCharsMax) return folder;
    const message = `The folder's name passes cacheFolderCharsMax = ${limits.cacheFolderCharsMax}`;
    mistakes.push(usageMistake(given.setting, message, "Give a shorter one."));
    return "";
  }
  // A relative one is to be ignored (XDG Base Directory Specification).
  const base = [environment.XDG_CACHE_HOME, environment.HOME && join(environment.HOME, ".cache")].find(
    (folder) => folder !== undefined && isAbsolute(folder),
  );
  if (base !== undefined) return join(base, "arras");
  mistakes.push(usageMistake("--cache", "There is no home folder to keep scenes in", "Give --cache FOLDER."));
  return "";
}

function words(given: readonly GivenValue[], mistakes: ArrasError[]): string[] {
  const all = given.flatMap(({ text, setting }) => text.split(",").map((word) => ({ word: word.trim(), setting })));
  for (const { word, setting } of all)
    if (!/^[\w.:-]{1,64}$/.test(word))
      mistakes.push(
        usageMistake(setting, `${JSON.stringify(word.slice(0, 80))} is no word`, "Use letters, digits, _ . : -"),
      );
  return [...new Set(all.map(({ word }) => word))];
}

function address(
  given: GivenValue | undefined,
  nats: NatsSettings | undefined,
  machine: Machine,
  mistakes: ArrasError[],
): string {
  const isHere = nats?.servers.every((server) => isLoopback(parseHostPort(server)?.host ?? "")) ?? false;
  const text = given?.text ?? (isHere ? "127.0.0.1" : machine.address);
  if (text === undefined) {
    const action = "Give --host-address, an address or name by which the farm's machines reach this one.";
    mistakes.push(usageMistake("--host-address", "This machine has no address of its own", action));
    return "";
  }
  const parsed = parseHostPort(`${text.includes(":") && !text.startsWith("[") ? `[${text}]` : text}:1`);
  if (parsed === undefined) {
    const setting = given?.setting ?? "--host-address";
    mistakes.push(
      usageMistake(setting, `${JSON.stringify(text.slice(0, 80))} is no address`, "Give a name or an address."),
    );
    return "";
  }
  return hostPortText(parsed).replace(/:1$/, "");
}
