// Why a session has no place, in words: what is missing, what was asked, what is free, what to change.
import { ArrasError } from "../../proto/errors.ts";
import type { ExpandedComputation } from "../session-definition/expand.ts";
import { type Fit, type Misfit, type ResourceName, resourceOrder } from "./node-fit.ts";
import type { PlacementRequest } from "./placement-request.ts";
import { bitsOn } from "./same-bits.ts";

/** One computation for which there is no place. */
export interface Shortage {
  readonly computation: ExpandedComputation;
  /** What all of the session's renderers were to render with; undefined: it did not matter. */
  readonly instructionSet: string | undefined;
  /** Of every node. */
  readonly misfits: readonly Misfit[];
  /** What had found a place before it. */
  readonly fits: readonly Fit[];
}

export function insufficientResources(request: PlacementRequest, shortage: Shortage, everFits: boolean): ArrasError {
  const { computation, misfits, fits } = shortage;
  const furthest = Math.max(-1, ...misfits.map(({ missing }) => resourceOrder.indexOf(missing)));
  const missing = furthest < 0 ? undefined : resourceOrder[furthest];
  const nearest = misfits
    .filter((misfit) => misfit.missing === missing)
    .reduce<Misfit | undefined>((best, each) => (best === undefined || each.free > best.free ? each : best), undefined);
  const place = { session: request.sessionId, computation: computation.name };
  if (missing === undefined || nearest === undefined) {
    const action = "Start a node agent, or wait for one to register.";
    return new ArrasError("resources-insufficient", { message: "No node is there", action, place });
  }
  return new ArrasError("resources-insufficient", {
    message: `No node has ${shortageText(request, shortage, missing, nearest)}`,
    action: advice(computation, missing, nearest, fits, everFits),
    place: { ...place, node: nearest.node.id },
  });
}

function shortageText(
  request: PlacementRequest,
  { computation, instructionSet }: Shortage,
  missing: ResourceName,
  { node, free }: Misfit,
): string {
  const { name, memoryMB, minCores, hostnamePin, locality } = computation;
  switch (missing) {
    case "memory":
      return `${memoryMB} MB of memory free for ${name}: most is on ${node.host}, ${Math.floor(free)} of ${node.memoryMB} MB`;
    case "cores":
      return `${coresText(minCores)} free for ${name}: most are on ${node.host}, ${free} of ${node.cores}`;
    case "renderer":
      return `the renderer ${request.renderer} for ${name}: ${node.host} has ${list(node.renderers)}`;
    case "tags":
      return `the tags ${list(request.tags ?? [])} for ${name}: ${node.host} has ${list(node.tags)}`;
    case "architecture":
      if (request.architecture === undefined || request.architecture === node.architecture) {
        const hasBegun = request.instructionSet !== undefined;
        const why = hasBegun ? `with which ${name}'s film has begun` : `the session's one kind of machine, for ${name}`;
        return `samples of ${instructionSet}, ${why}: ${node.host} has ${bitsOn(node, request.renderer)}`;
      }
      return `the architecture ${request.architecture} for ${name}: ${node.host} is ${node.architecture}`;
    case "host":
      if (hostnamePin !== undefined)
        return `the host name ${hostnamePin}, to which ${name} is pinned: there is ${node.host}`;
      return locality === "local-only"
        ? `the client's host name ${request.clientHost ?? "(unknown)"}, where ${name} must run: there is ${node.host}`
        : `another host than the client's, where ${name} must not run`;
    case "open":
      return `a place for ${name}: all of them are draining or lost`;
  }
}

function advice(
  computation: ExpandedComputation,
  missing: ResourceName,
  nearest: Misfit,
  fits: readonly Fit[],
  everFits: boolean,
): string {
  const { group } = computation;
  const placedCount = fits.filter((fit) => fit.computation.group === group).length;
  const fewer = placedCount > 0 && computation.kind === "mcrt" ? `use --num-mcrt ${placedCount}, ` : "";
  const wait = everFits ? "wait for other sessions to end, " : "";
  switch (missing) {
    case "memory": {
      const lower = nearest.free >= 1 ? `lower ${group}'s memoryMB in the session definition, ` : "";
      return sentence(`${fewer}${lower}${wait}or add a node with ${computation.memoryMB} MB free`);
    }
    case "cores":
      return sentence(
        `${fewer}lower ${group}'s minCores (or --num-cores), ${wait}or add a node with ${coresText(computation.minCores)} free`,
      );
    case "host":
      return sentence(`change hostname_pin, local_only or no_local of ${group}, or start an agent on that host`);
    case "open":
      return sentence("wait for a node, or add one");
    default:
      return sentence("add such a node, or ask for what there is");
  }
}

function coresText(count: number): string {
  return count === 1 ? "1 core" : `${count} cores`;
}

function sentence(text: string): string {
  return `${text[0].toUpperCase()}${text.slice(1)}.`;
}

function list(words: readonly string[]): string {
  return words.length === 0 ? "none" : words.join(", ");
}
