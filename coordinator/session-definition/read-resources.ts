// `requirements.resources` of one computation: cores and memory, checked against each other.
import { limits } from "../../proto/limits.ts";
import type { ComputationKind, ResourceRequirement } from "./definition.ts";
import { describe, type FieldReader } from "./field-reader.ts";

/**
 * Where a definition is silent: an mcrt takes what its node has. Others take one core (as minicoord gives to those
 * without `resources`), or a merger would get as many threads as a renderer and leave them idle.
 */
export function noResources(kind: ComputationKind): ResourceRequirement {
  return { minCores: 1, maxCores: kind === "mcrt" ? "all" : 1, memoryMB: undefined, reservedCores: 0 };
}

export function readResources(reader: FieldReader, kind: ComputationKind): ResourceRequirement {
  // Arras's client writes "" where --num-cores replaced a range: absent.
  for (const name of ["minCores", "maxCores"]) if (reader.node(name)?.value === "") reader.take(name);
  const memory = reader.number("memoryMB", { min: 0, max: limits.computationMemoryMBMax });
  const reservedCores = reader.number("reservedCores", { min: 0, max: limits.coresMax }) ?? 0;
  const shared = { memoryMB: memory === undefined ? undefined : Math.ceil(memory), reservedCores };
  return { ...readCores(reader, kind), ...shared };
}

function readCores(reader: FieldReader, kind: ComputationKind): Pick<ResourceRequirement, "minCores" | "maxCores"> {
  const bounds = { min: 0, max: limits.coresMax };
  if (reader.has("cores")) {
    for (const name of ["minCores", "maxCores"]) {
      if (!reader.has(name)) continue;
      reader.refuse(name, `${name} contradicts cores, which is given too`, `Keep either cores or ${name}.`);
      reader.take(name);
    }
    const cores = reader.number("cores", bounds) ?? 1;
    return { minCores: cores, maxCores: cores };
  }
  const minNode = reader.node("minCores");
  const min = reader.number("minCores", bounds);
  const max = readMaxCores(reader);
  if (min !== undefined && max !== "all" && max !== undefined && min > max) {
    reader.findings.refuse(
      minNode,
      reader.path("minCores"),
      `minCores ${min} is greater than maxCores ${max}`,
      "Lower minCores or raise maxCores.",
    );
  }
  // Arras's default minimum is 1; a smaller maximum that is given wins over a minimum that is not.
  const minCores = min ?? (max === "all" || max === undefined ? 1 : Math.min(1, max));
  return { minCores, maxCores: max ?? (kind === "mcrt" ? "all" : Math.max(1, minCores)) };
}

function readMaxCores(reader: FieldReader): number | "all" | undefined {
  const value = reader.node("maxCores")?.value;
  if (typeof value !== "string") return reader.number("maxCores", { min: 0, max: limits.coresMax });
  if (value !== "*") {
    reader.refuse("maxCores", `maxCores is ${describe(value)}`, 'Write a number, or "*" for all of the node\'s cores.');
  }
  reader.take("maxCores");
  return "all";
}
