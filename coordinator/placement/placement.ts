// Which node gets which computation of a session: filter, then score. Decides for the whole session or not at all, on
// a ledger that it only reads; whoever performs reserves what was decided. Greedy, hardest computation first: it may
// miss a packing that exists, and never takes more than there is.
import type { ArrasError } from "../../proto/errors.ts";
import type { ExpandedComputation } from "../session-definition/expand.ts";
import { fewerCores, leastCores, loweredNotes } from "./auto-fit.ts";
import { type Fit, misfit, type NodeLoad, nodeLoads } from "./node-fit.ts";
import { kindsFor } from "./one-kind.ts";
import { insufficientResources, type Shortage } from "./placement-error.ts";
import type { PlacementNode, PlacementRequest } from "./placement-request.ts";
import { type Reservation, ReservationLedger } from "./reservations.ts";
import { shareCores, threadsOf } from "./share-cores.ts";

export interface Placement {
  readonly computation: ExpandedComputation;
  readonly nodeId: string;
  readonly threadCount: number;
  readonly memoryMB: number;
  readonly reservation: Reservation;
}

export type PlacementOutcome =
  /** `notes`: what is other than asked, for people. */
  | { readonly t: "placed"; readonly placements: readonly Placement[]; readonly notes: readonly string[] }
  /** `everFits`: the same nodes without any other session would have room, so waiting helps. */
  | { readonly t: "refused"; readonly error: ArrasError; readonly everFits: boolean };

/** All computations of the request, or none. Takes nothing by itself: give `reservation`s to the ledger. */
export function placeSession(
  request: PlacementRequest,
  nodes: readonly PlacementNode[],
  ledger: ReservationLedger,
): PlacementOutcome {
  const outcome = placeAsAsked(request, nodes, ledger);
  if (outcome.t === "placed" || request.autoFit !== true) return outcome;
  const lowered = fewerCores(request, (fewer) => fits(fewer, nodes, ledger));
  // With the least cores it is something else that is missing.
  if (lowered === undefined) return placeAsAsked(leastCores(request), nodes, ledger);
  const fitting = placeAsAsked(lowered, nodes, ledger);
  return fitting.t === "placed" ? { ...fitting, notes: loweredNotes(request, lowered) } : fitting;
}

function placeAsAsked(
  request: PlacementRequest,
  nodes: readonly PlacementNode[],
  ledger: ReservationLedger,
): PlacementOutcome {
  const attempts = kindsFor(request, nodes).map((kind) => attempt(kind, nodes, ledger));
  const placed = attempts.flatMap((each) => (each.t === "placed" ? [each.placements] : []));
  const [first, ...others] = placed;
  if (first !== undefined) {
    const placements = others.reduce((best, each) => (gives(each, best) ? each : best), first);
    return { t: "placed", placements, notes: [] };
  }
  const everFits = fits(request, nodes, new ReservationLedger());
  // The kind of machine with which most of it had found a place says best what is missing.
  const refused = attempts.flatMap((each) => (each.t === "refused" ? [each] : []));
  const nearest = refused.reduce((best, each) => (each.fits.length > best.fits.length ? each : best));
  return { t: "refused", error: insufficientResources(request, nearest, everFits), everFits };
}

type Attempt = { readonly t: "placed"; readonly placements: readonly Placement[] } | Refused;

function attempt(request: PlacementRequest, nodes: readonly PlacementNode[], ledger: ReservationLedger): Attempt {
  const loads = nodeLoads(nodes, ledger, request.bundleSha256);
  const choice = choose(request, loads);
  if (choice.t === "refused") return choice;
  const grown = grow(request, loads);
  return { t: "placed", placements: withThreads(request, [...choice.fits, ...grown], loads) };
}

function fits(request: PlacementRequest, nodes: readonly PlacementNode[], ledger: ReservationLedger): boolean {
  return kindsFor(request, nodes).some(
    (kind) => choose(kind, nodeLoads(nodes, ledger, kind.bundleSha256)).t === "placed",
  );
}

/** Whether `a` gives a session more: computations of its range, then threads. */
function gives(a: readonly Placement[], b: readonly Placement[]): boolean {
  const threads = (placements: readonly Placement[]) =>
    placements.reduce((sum, { threadCount }) => sum + threadCount, 0);
  return (a.length - b.length || threads(a) - threads(b)) > 0;
}

/** Of `growth`, what fits now, for a session that runs already: nodes came, or other sessions ended. */
export function placeGrowth(
  request: PlacementRequest,
  nodes: readonly PlacementNode[],
  ledger: ReservationLedger,
): readonly Placement[] {
  const loads = nodeLoads(nodes, ledger, request.bundleSha256);
  return withThreads(request, grow(request, loads), loads);
}

/** What was placed before, from what is reserved: of computations that are still asked for, in the request's order. */
export function placementsOf(request: PlacementRequest, reservations: readonly Reservation[]): Placement[] {
  const held = new Map(reservations.map((each) => [each.computation, each]));
  return [...request.computations, ...(request.growth ?? [])].flatMap((computation) => {
    const reservation = held.get(computation.name);
    if (reservation === undefined) return [];
    const { nodeId, memoryMB, cores } = reservation;
    return [{ computation, nodeId, threadCount: threadsOf(cores, computation), memoryMB, reservation }];
  });
}

type Refused = { readonly t: "refused" } & Shortage;
type Choice = { readonly t: "placed"; readonly fits: readonly Fit[] } | Refused;

/** Takes from `loads` what it chooses; they are the caller's own. */
function choose(request: PlacementRequest, loads: readonly NodeLoad[]): Choice {
  const fits: Fit[] = [];
  for (const computation of hardestFirst(request.computations)) {
    const misfits = loads.map((load) => misfit(request, computation, load));
    const candidates = loads.filter((_, at) => misfits[at] === undefined);
    if (candidates.length === 0) {
      const { instructionSet } = request;
      return { t: "refused", computation, instructionSet, misfits: misfits.filter((each) => each !== undefined), fits };
    }
    fits.push(takeBest(computation, candidates));
  }
  return { t: "placed", fits };
}

/** A renderer more than a node has cores would only wait, so growth ends there, whatever the node's policy. */
function grow(request: PlacementRequest, loads: readonly NodeLoad[]): Fit[] {
  const fits: Fit[] = [];
  for (const computation of request.growth ?? []) {
    const candidates = loads.filter(
      (load) => load.computingCount < load.node.cores && misfit(request, computation, load) === undefined,
    );
    if (candidates.length === 0) break;
    fits.push(takeBest(computation, candidates));
  }
  return fits;
}

function takeBest(computation: ExpandedComputation, candidates: readonly NodeLoad[]): Fit {
  const load = candidates.reduce((best, each) => (better(computation, each, best) ? each : best));
  load.freeMemoryMB -= computation.memoryMB;
  if (load.node.coresPolicy === "exclusive") load.freeCores -= computation.minCores;
  if (computation.maxCores !== 0) {
    load.sessionCount += 1;
    load.computingCount += 1;
  }
  return { computation, node: load.node };
}

/** Pinned ones have the least choice, then those that need most memory, then most cores. */
function hardestFirst(computations: readonly ExpandedComputation[]): ExpandedComputation[] {
  const pinned = ({ hostnamePin, locality }: ExpandedComputation) =>
    hostnamePin !== undefined || locality === "local-only" ? 0 : 1;
  return [...computations].sort(
    (a, b) => pinned(a) - pinned(b) || b.memoryMB - a.memoryMB || b.minCores - a.minCores || a.index - b.index,
  );
}

/** Whether `a` is the better node: more cores for one that takes what it gets, scene at hand, spread, best fit. */
function better(computation: ExpandedComputation, a: NodeLoad, b: NodeLoad): boolean {
  const share = (load: NodeLoad) => Math.floor(load.freeCores / (load.sessionCount + 1));
  const elastic = computation.maxCores === "all" || computation.maxCores > computation.minCores;
  const shareDifference = elastic ? share(a) - share(b) : 0;
  if (shareDifference !== 0) return shareDifference > 0;
  const sceneDifference = Number(a.holdsScene) - Number(b.holdsScene);
  if (sceneDifference !== 0) return sceneDifference > 0;
  if (a.sessionCount !== b.sessionCount) return a.sessionCount < b.sessionCount;
  if (a.freeMemoryMB !== b.freeMemoryMB) return a.freeMemoryMB < b.freeMemoryMB;
  return a.node.id < b.node.id;
}

/** Divides what is left of each node's cores (`loads`: after all choices) among what was placed there. In the request's order. */
function withThreads(request: PlacementRequest, fits: readonly Fit[], loads: readonly NodeLoad[]): Placement[] {
  const placements = new Map<ExpandedComputation, Placement>();
  for (const { node, freeCores } of loads) {
    const here = fits.filter((fit) => fit.node === node).map(({ computation }) => computation);
    const minimums = here.reduce((total, { minCores }) => total + minCores, 0);
    const available = node.coresPolicy === "shared" ? node.cores : freeCores + minimums;
    const kept = Math.max(0, ...here.map(({ reservedCores }) => reservedCores));
    const shares = shareCores(available - kept, here);
    here.forEach((computation, at) => {
      const { threadCount, cores } = shares[at];
      const { name, memoryMB } = computation;
      const reservation = { sessionId: request.sessionId, computation: name, nodeId: node.id, memoryMB, cores };
      placements.set(computation, { computation, nodeId: node.id, threadCount, memoryMB, reservation });
    });
  }
  return [...request.computations, ...(request.growth ?? [])].flatMap((each) => placements.get(each) ?? []);
}
