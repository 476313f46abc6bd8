// From what a client asks for to a plan that can be started: checks every bound, reads the definition, finds places.
// Pure: nodes, ids and tokens are arguments.
import { create } from "@bufbuild/protobuf";
import { ArrasError } from "../proto/errors.ts";
import { filmSpecFromMessage } from "../proto/film-spec-message.ts";
import { ComputationKind, type LaunchOrder, LaunchOrderSchema } from "../proto/gen/arras/v1/node_pb.ts";
import type { RenderSpec } from "../proto/gen/arras/v1/scene_pb.ts";
import type { SampleBudget, SessionSpec } from "../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../proto/limits.ts";
import type { Berth } from "./crew.ts";
import { requireFilmFits } from "./film-memory.ts";
import { type Placement, placeSession } from "./placement/placement.ts";
import type { PlacementNode, PlacementRequest } from "./placement/placement-request.ts";
import type { ReservationLedger } from "./placement/reservations.ts";
import { expandDefinition } from "./session-definition/expand.ts";
import { applyOverrides, type DefinitionOverrides } from "./session-definition/overrides.ts";
import { readSessionDefinition } from "./session-definition/read-definition.ts";
import type { SessionPlan } from "./session-plan.ts";

export interface PlanningContext {
  readonly sessionId: string;
  readonly token: string;
  readonly nodes: readonly PlacementNode[];
  readonly reservations: ReservationLedger;
  /** Where BudgetService is served. */
  readonly coordinatorAddress: string;
  /** Where a merger of this session shall listen; empty: its node's agent chooses. */
  readonly mergerAddress: string;
  /** For `local_only` and `no_local`; undefined: not known, and no node is it. */
  readonly clientHost: string | undefined;
  readonly logLevel: number;
}

export interface PlannedSession {
  readonly plan: SessionPlan;
  readonly placements: readonly Placement[];
  /** For placing its computations again. */
  readonly request: PlacementRequest;
}

/** Throws ArrasError or ArrasErrors; takes nothing. */
export function planSession(spec: SessionSpec, context: PlanningContext): PlannedSession {
  const film = filmSpecFromMessage(spec.film);
  const render = checkedRender(spec.render);
  const budget = checkedBudget(spec.budget, film.maxSpp);
  const definition = readSessionDefinition(spec.definitionJson, spec.definitionSource);
  const expanded = expandDefinition(applyOverrides(definition, overridesOf(spec)));
  const { sessionId, nodes, reservations, clientHost } = context;
  const { computations, growth } = expanded;
  for (const each of computations) if (each.kind === "merge") requireFilmFits(film, each);
  const request = { sessionId, computations, growth, renderer: render.renderer, clientHost };
  const outcome = placeSession(request, nodes, reservations);
  if (outcome.t === "refused") throw outcome.error;
  const berths = outcome.placements.map(berthOf);
  const kinds = new Map(outcome.placements.map(({ computation }) => [computation.name, computation.kind]));
  const ignored =
    definition.ignored.length === 0
      ? []
      : [`${definition.path}: without meaning here: ${definition.ignored.join(", ")}`];
  const plan: SessionPlan = {
    sessionId,
    render,
    sceneName: render.scenePath.split("/").pop() ?? "",
    film,
    ...budget,
    connectTimeoutMs: spec.connectTimeoutMs === 0 ? limits.launchTimeoutMs : spec.connectTimeoutMs,
    merge: berths.find((berth) => kinds.get(berth.name) === "merge")!,
    mcrts: berths.filter((berth) => kinds.get(berth.name) === "mcrt"),
    token: context.token,
    notices: [...ignored, ...expanded.notes],
    orderFor: (berth, attempt) => launchOrder(context, berth, attempt, kinds.get(berth.name) === "merge"),
  };
  return { plan, placements: outcome.placements, request };
}

function berthOf({ computation, nodeId, threadCount, memoryMB }: Placement): Berth {
  const { name, environment } = computation;
  return { name, nodeId, threadCount, memoryLimitBytes: memoryMB * 2 ** 20, environment };
}

function launchOrder(context: PlanningContext, berth: Berth, attempt: number, isMerger: boolean): LaunchOrder {
  return create(LaunchOrderSchema, {
    sessionId: context.sessionId,
    computation: berth.name,
    attempt,
    kind: isMerger ? ComputationKind.MERGE : ComputationKind.MCRT,
    token: context.token,
    threadCount: berth.threadCount,
    coordinatorAddress: context.coordinatorAddress,
    listenAddress: isMerger ? context.mergerAddress : "",
    nodeId: berth.nodeId,
    logLevel: context.logLevel,
  });
}

function overridesOf(spec: SessionSpec): DefinitionOverrides {
  const { mcrtCountMin: min, mcrtCountMax: max, mcrtCores } = spec;
  if (max > limits.mcrtCountMax || min > max) {
    const message = `${min} to ${max} mcrt computations are not within 1 to mcrtCountMax = ${limits.mcrtCountMax}`;
    throw new ArrasError("limit-exceeded", { message, action: "Give fewer (--num-mcrt)." });
  }
  return {
    ...(max > 0 ? { mcrtCount: { min: Math.max(1, min), max } } : {}),
    ...(mcrtCores > 0 ? { numCores: mcrtCores } : {}),
  };
}

function checkedRender(render: RenderSpec | undefined): RenderSpec {
  if (render === undefined) throw malformed("has no render specification");
  if (render.maxDepth < 1 || render.maxDepth > limits.pathDepthMax)
    throw malformed(`has a path depth of ${render.maxDepth}`);
  if (!(render.filterRadiusPx > 0 && render.filterRadiusPx <= 8))
    throw malformed(`has a filter radius of ${render.filterRadiusPx}`);
  return render;
}

function checkedBudget(
  budget: SampleBudget | undefined,
  maxSpp: number,
): Pick<SessionPlan, "budgetSpp" | "adaptive" | "durationMs"> {
  if (budget === undefined || budget.spp < 1 || budget.spp > maxSpp)
    throw malformed(`has a budget of ${budget?.spp} samples per pixel`);
  const { spp, targetError, sppMin, durationMs } = budget;
  if (!(targetError >= 0)) throw malformed(`has a target error of ${targetError}`);
  if (sppMin > limits.sppMax) throw malformed(`has a minimum of ${sppMin} samples per pixel`);
  return {
    budgetSpp: spp,
    adaptive: targetError === 0 ? {} : { targetError, ...(sppMin === 0 ? {} : { minSpp: sppMin }) },
    durationMs: durationMs === 0n ? undefined : Number(durationMs),
  };
}

function malformed(what: string): ArrasError {
  return new ArrasError("message-malformed", {
    message: `The session ${what}`,
    action: "Compare software versions of client and coordinator.",
  });
}
