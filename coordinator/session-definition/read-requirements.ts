// `requirements` of one computation: where it may run, and with what.

import { limits } from "../../proto/limits.ts";
import type { ComputationDefinition, ComputationKind, ResourceRequirement } from "./definition.ts";
import type { FieldReader } from "./field-reader.ts";
import { ignoredRequirements } from "./known-fields.ts";
import { noResources, readResources } from "./read-resources.ts";

type Requirements = Pick<ComputationDefinition, "resources" | "hostnamePin" | "locality" | "logLevel">;

export function readRequirements(reader: FieldReader | undefined, kind: ComputationKind): Requirements {
  if (reader === undefined) {
    return { resources: noResources(kind), hostnamePin: undefined, locality: "any", logLevel: undefined };
  }
  const hostnamePin = reader.string("hostname_pin");
  const locality = readLocality(reader);
  const resourcesReader = reader.object("resources");
  const logLevel = resourcesReader?.number("logLevel", { min: 0, max: 5, whole: true });
  const resources = resourcesReader === undefined ? noResources(kind) : readResources(resourcesReader, kind);
  if (resourcesReader !== undefined) {
    for (const { name } of resourcesReader.rest()) reader.findings.ignore(`${resourcesReader.path(name)} (unknown)`);
    refuseTooLittle(resourcesReader, resources, kind);
  }
  for (const { name } of reader.rest()) {
    reader.findings.ignore(ignoredRequirements.has(name) ? `requirements.${name}` : `${reader.path(name)} (unknown)`);
  }
  return { resources, hostnamePin: hostnamePin === "" ? undefined : hostnamePin, locality, logLevel };
}

function readLocality(reader: FieldReader): "any" | "local-only" | "no-local" {
  const noLocalNode = reader.node("no_local");
  const localOnly = isYes(reader.take("local_only"));
  const noLocal = isYes(reader.take("no_local"));
  if (localOnly && noLocal) {
    const message = "no_local contradicts local_only, which is given too";
    reader.findings.refuse(noLocalNode, reader.path("no_local"), message, "Keep one of the two.");
  }
  if (localOnly) return "local-only";
  return noLocal ? "no-local" : "any";
}

/** Arras writes "yes"; true is taken as well. */
export function isYes(value: unknown): boolean {
  return value === true || value === "yes";
}

/** Only what we run must have room to run; a test computation of Arras may ask for nothing. */
function refuseTooLittle(reader: FieldReader, resources: ResourceRequirement, kind: ComputationKind): void {
  const { memoryMB, maxCores } = resources;
  if ((kind === "mcrt" || kind === "merge") && memoryMB !== undefined && memoryMB < limits.computationMemoryMBMin) {
    reader.findings.refuse(
      undefined,
      reader.path("memoryMB"),
      `memoryMB ${memoryMB} does not hold even an empty ${kind} computation`,
      `Give it at least ${limits.computationMemoryMBMin}.`,
    );
  }
  if (kind === "mcrt" && maxCores === 0) {
    const message = "A computation that renders cannot do so with 0 cores";
    reader.findings.refuse(undefined, reader.path("cores"), message, "Give it at least 1, or leave cores out.");
  }
}
