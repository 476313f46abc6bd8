// From what a client asks for, or a record says, to a plan that can be placed or started: checks every bound, reads the
// definition. Pure: places, ids and tokens are arguments.
import { create } from "@bufbuild/protobuf";
import { ArrasError } from "../proto/errors.ts";
import type { FilmSpec } from "../proto/film-spec.ts";
import { filmSpecFromMessage } from "../proto/film-spec-message.ts";
import { ComputationKind, type LaunchOrder, LaunchOrderSchema } from "../proto/gen/arras/v1/node_pb.ts";
import type { SessionRecord } from "../proto/gen/arras/v1/record_pb.ts";
import type { RenderSpec } from "../proto/gen/arras/v1/scene_pb.ts";
import type { SampleBudget, SessionSpec } from "../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../proto/limits.ts";
import { checkEdits } from "../proto/scene-edits.ts";
import type { Berth } from "./berth.ts";
import { requireFilmFits } from "./film-memory.ts";
import type { Placement } from "./placement/placement.ts";
import type { PlacementRequest } from "./placement/placement-request.ts";
import type { Reservation } from "./placement/reservations.ts";
import { type FilmBeginning, newRecord, placedRecord } from "./records/present-record.ts";
import { type ExpandedSession, expandDefinition } from "./session-definition/expand.ts";
import { applyOverrides, type DefinitionOverrides } from "./session-definition/overrides.ts";
import { readSessionDefinition } from "./session-definition/read-definition.ts";
import type { SessionPlan } from "./session-plan.ts";

/** What a session's processes are told, whoever plans it. */
export interface OrderContext {
  /** Where BudgetService is served. */
  readonly coordinatorAddress: string;
  /** Of its certificate's authority; empty: it speaks no TLS. */
  readonly coordinatorCaPem: string;
  /** Where a merger of this session shall listen; empty: its node's agent chooses. */
  readonly mergerAddress: string;
  readonly logLevel: number;
}

export interface PlanningContext extends OrderContext {
  readonly sessionId: string;
  readonly requestId: string;
  /** Empty where nobody logs in. */
  readonly user: string;
  readonly token: string;
  /** The coordinator that plans. */
  readonly owner: string;
  /** Since 1970. */
  readonly createdAtMs: number;
  /** For `local_only` and `no_local`; undefined: not known, and no node is it. */
  readonly clientHost: string | undefined;
  readonly beginning: FilmBeginning;
}

export interface PlannedSession {
  /** Without places: it would wait for them. */
  readonly plan: SessionPlan;
  /** What is to be placed. */
  readonly request: PlacementRequest;
}

/** Throws ArrasError or ArrasErrors. */
export function planSession(spec: SessionSpec, context: PlanningContext): PlannedSession {
  const asked = readSpec(spec);
  const { sessionId, clientHost } = context;
  const base = newRecord({ ...context, spec, clientHost: clientHost ?? "" });
  const plan = planOf(asked, base, [], context);
  return { plan, request: placementRequest(asked, sessionId, clientHost) };
}

/** With the places that it got at once. */
export function placedPlan(plan: SessionPlan, placements: readonly Placement[], notes: readonly string[]): SessionPlan {
  const base = placedRecord(plan.base, placements);
  return { ...plan, base, ...berthsOf(placements), notices: [...plan.notices, ...notes] };
}

/** Where a session's computations go; of growth, without a merger. */
export interface SessionBerths {
  readonly merge: Berth | undefined;
  readonly mcrts: readonly Berth[];
}

export function berthsOf(placements: readonly Placement[]): SessionBerths {
  const merge = placements.find(({ computation }) => computation.kind === "merge");
  const mcrts = placements.filter((each) => each !== merge);
  return { merge: merge === undefined ? undefined : berthOf(merge), mcrts: mcrts.map(berthOf) };
}

export interface AdoptedPlan {
  readonly plan: SessionPlan;
  /** None: it waits in the queue. */
  readonly reservations: readonly Reservation[];
  readonly request: PlacementRequest;
}

/** Of a session that has its places already, or waits for them. Throws ArrasError or ArrasErrors, also for what this version refuses. */
export function planAdopted(record: SessionRecord, context: OrderContext): AdoptedPlan {
  const asked = readSpec(record.spec!);
  const { sessionId, clientHost, computations } = record;
  const request = {
    ...placementRequest(asked, sessionId, clientHost === "" ? undefined : clientHost),
    instructionSet: record.instructionSet === "" ? undefined : record.instructionSet,
  };
  const defined = new Map([...request.computations, ...(request.growth ?? [])].map((each) => [each.name, each]));
  const berths = computations.map((each) => {
    const computation = defined.get(each.name);
    if (computation === undefined) throw malformed(`has a computation ${each.name} that its definition lacks`);
    const { name, nodeId, threadCount, coresReserved, memoryLimitBytes } = each;
    const { environment } = computation;
    return { name, nodeId, threadCount, coresReserved, memoryLimitBytes: Number(memoryLimitBytes), environment };
  });
  const reservations = berths.map(({ name, nodeId, memoryLimitBytes, coresReserved }) => {
    const memoryMB = Math.ceil(memoryLimitBytes / 2 ** 20);
    return { sessionId, computation: name, nodeId, memoryMB, cores: coresReserved };
  });
  const budgetSpp = record.budgetSpp || asked.budgetSpp;
  return { plan: planOf({ ...asked, budgetSpp }, record, berths, context), reservations, request };
}

/** What a client asks for, checked. */
interface AskedSession extends Pick<SessionPlan, "budgetSpp" | "adaptive" | "durationMs"> {
  readonly spec: SessionSpec;
  readonly film: FilmSpec;
  readonly render: RenderSpec;
  readonly expanded: ExpandedSession;
  readonly notices: readonly string[];
}

function readSpec(spec: SessionSpec): AskedSession {
  const film = filmSpecFromMessage(spec.film);
  const render = checkedRender(spec.render);
  const budget = checkedBudget(spec.budget, film.maxSpp);
  checkWishes(spec);
  if (spec.edits !== undefined) checkEdits(spec.edits);
  const definition = readSessionDefinition(spec.definitionJson, spec.definitionSource);
  const expanded = expandDefinition(applyOverrides(definition, overridesOf(spec)));
  for (const each of expanded.computations) if (each.kind === "merge") requireFilmFits(film, each);
  const ignored =
    definition.ignored.length === 0
      ? []
      : [`${definition.path}: without meaning here: ${definition.ignored.join(", ")}`];
  return { spec, film, render, ...budget, expanded, notices: [...ignored, ...expanded.notes] };
}

function placementRequest(
  { spec, expanded, render }: AskedSession,
  sessionId: string,
  clientHost: string | undefined,
): PlacementRequest {
  const { computations, growth } = expanded;
  const bundleSha256 = render.bundleSha256 === "" ? undefined : render.bundleSha256;
  const { wishedTags: tags, autoFit } = spec;
  return { sessionId, computations, growth, renderer: render.renderer, bundleSha256, tags, autoFit, clientHost };
}

function planOf(
  { spec, expanded, ...asked }: AskedSession,
  base: SessionRecord,
  berths: readonly Berth[],
  context: OrderContext,
): SessionPlan {
  const mergers = new Set(expanded.computations.flatMap(({ kind, name }) => (kind === "merge" ? [name] : [])));
  return {
    ...asked,
    base,
    sessionId: base.sessionId,
    sceneName: asked.render.scenePath.split("/").pop() ?? "",
    connectTimeoutMs: spec.connectTimeoutMs === 0 ? limits.launchTimeoutMs : spec.connectTimeoutMs,
    placelessMsMax: Math.max(limits.placeAgainMsMax, spec.queueTimeoutMs),
    merge: berths.find(({ name }) => mergers.has(name)),
    mcrts: berths.filter(({ name }) => !mergers.has(name)),
    token: base.token,
    orderFor: (berth, attempt) => launchOrder(context, base, berth, attempt, mergers.has(berth.name)),
  };
}

function berthOf({ computation, nodeId, threadCount, memoryMB, reservation }: Placement): Berth {
  const { name, environment } = computation;
  const memoryLimitBytes = memoryMB * 2 ** 20;
  return { name, nodeId, threadCount, memoryLimitBytes, coresReserved: reservation.cores, environment };
}

function launchOrder(
  context: OrderContext,
  { sessionId, token }: SessionRecord,
  berth: Berth,
  attempt: number,
  isMerger: boolean,
): LaunchOrder {
  return create(LaunchOrderSchema, {
    sessionId,
    computation: berth.name,
    attempt,
    kind: isMerger ? ComputationKind.MERGE : ComputationKind.MCRT,
    token,
    threadCount: berth.threadCount,
    coordinatorAddress: context.coordinatorAddress,
    coordinatorCaPem: isMerger ? "" : context.coordinatorCaPem,
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

function checkWishes({ priority, queueTimeoutMs, wishedTags, verifyShare }: SessionSpec): void {
  if (!(verifyShare >= 0 && verifyShare <= 1))
    throw malformed(`asks to verify ${verifyShare} of its units, not 0 to 1`);
  if (priority > limits.priorityMax) throw beyond(`a priority of ${priority}`, "priorityMax");
  if (queueTimeoutMs > limits.queueTimeoutMsMax) throw beyond(`to wait for ${queueTimeoutMs} ms`, "queueTimeoutMsMax");
  if (wishedTags.length > limits.wishedTagsMax) throw beyond(`${wishedTags.length} tags`, "wishedTagsMax");
  if (wishedTags.some((tag) => tag.length > limits.tagCharsMax)) throw beyond("a longer tag", "tagCharsMax");
}

function beyond(
  what: string,
  limit: "priorityMax" | "queueTimeoutMsMax" | "wishedTagsMax" | "tagCharsMax",
): ArrasError {
  const message = `The session asks for ${what}; the limit ${limit} is ${limits[limit]}`;
  return new ArrasError("limit-exceeded", { message, action: "Ask for less." });
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
