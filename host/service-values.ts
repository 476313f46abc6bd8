// Reads values that coordinator and node agent have in common; each adds its mistake to the list. Pure.
import { ArrasError, ArrasErrors } from "../proto/errors.ts";
import { type HostPort, parseHostPort } from "../proto/host-port.ts";
import { type NatsSettings, parseNatsSettings } from "./nats/nats-settings.ts";
import { type GivenValue, usageMistake } from "./service-options.ts";

export function readHostPort(given: GivenValue | undefined, mistakes: ArrasError[]): HostPort | undefined {
  if (given === undefined) return undefined;
  const parsed = parseHostPort(given.text);
  if (parsed === undefined) {
    const message = `${given.setting} ${JSON.stringify(given.text.slice(0, 80))} is no HOST:PORT`;
    mistakes.push(usageMistake(given.setting, message, "Give for example 0.0.0.0:8888."));
  }
  return parsed;
}

export function readLogLevel(given: GivenValue | undefined, mistakes: ArrasError[]): number {
  if (given === undefined) return 3;
  if (/^[0-5]$/.test(given.text)) return Number(given.text);
  mistakes.push(usageMistake(given.setting, `${given.setting} is no level`, "Give 0 to 5."));
  return 3;
}

/** 0 to `max`. `what`: as in "is no number of processes". */
export function readCount(
  given: GivenValue | undefined,
  { what, max }: { readonly what: string; readonly max: number },
  mistakes: ArrasError[],
): number | undefined {
  if (given === undefined) return undefined;
  const count = /^\d{1,4}$/.test(given.text) ? Number(given.text) : -1;
  if (count >= 0 && count <= max) return count;
  mistakes.push(usageMistake(given.setting, `${given.setting} is no number of ${what}`, `Give 0 to ${max}.`));
  return undefined;
}

/** A farm's processes cannot do without. */
export function readNats(
  options: Parameters<typeof parseNatsSettings>[0],
  environment: Readonly<Record<string, string | undefined>>,
  mistakes: ArrasError[],
): NatsSettings | undefined {
  try {
    const nats = parseNatsSettings(options, environment);
    if (nats === undefined)
      mistakes.push(usageMistake("--nats", "No NATS server is named", "Give --nats nats://HOST:4222, or ARRAS_NATS."));
    return nats;
  } catch (thrown) {
    mistakes.push(...(thrown instanceof ArrasErrors ? thrown.errors : [ArrasError.from(thrown)]));
    return undefined;
  }
}
