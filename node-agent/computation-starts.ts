// Starts computations on this machine as coordinators order them: on the node's own terms, in a memory group where there
// are some, in a process that waits for an order where there is one.
import type { Clock } from "../host/clock.ts";
import type { Log } from "../host/log.ts";
import { ComputationKind, type ExitCause, type LaunchOrder } from "../proto/gen/arras/v1/node_pb.ts";
import { launchOrderToLine } from "../proto/launch-order.ts";
import type { Request } from "./agent-requests.ts";
import type { AgentSettings, MemoryEnforcement } from "./agent-settings.ts";
import type { BundleState } from "./assets/bundle-cache.ts";
import { noteOf } from "./assets/bundle-note.ts";
import type { GroupHost } from "./cgroup/group-files.ts";
import { childEnvironment } from "./child-environment.ts";
import { spawnComputation } from "./computation-child.ts";
import { type ComputationProgram, programOf } from "./computation-program.ts";
import { Enclosures } from "./enclosures.ts";
import { forwardLine } from "./forward-line.ts";
import { defaultGraces, type ProcessExit, RunningComputation } from "./launch.ts";
import { PrestartedComputations } from "./prestart/prestarted.ts";
import type { Environment } from "./prestart/serves-environment.ts";
import { checkLaunch } from "./request-checks.ts";
import { Running } from "./running.ts";

export interface StartWorld {
  readonly clock: Clock;
  /** Its lines name the node. */
  readonly log: Log;
  /** `systemGroupHost()`, or a test's; absent where there are no cgroups. */
  readonly groupHost?: GroupHost | undefined;
  /** Absent where all files are there already. */
  readonly scenes?: SceneCache | undefined;
  readonly watcher?: AgentWatcher;
}

/** Told what runs here, for figures. */
export interface AgentWatcher {
  /** `wasWaiting`: its process was started beforehand. */
  started(running: Running, wasWaiting: boolean): void;
  ended(running: Running, cause: ExitCause): void;
}

/** Scenes that are brought to this machine; `BundleCache`, or a test's. */
export interface SceneCache {
  hold(bundleSha256: string, told: (state: BundleState) => void): { release(): void };
  readonly held: readonly string[];
}

export class ComputationStarts {
  readonly prestarted: PrestartedComputations;
  readonly enclosures: Enclosures;
  readonly #settings: AgentSettings;
  readonly #world: StartWorld;

  constructor(settings: AgentSettings, world: StartWorld) {
    this.#settings = settings;
    this.#world = world;
    const {
      capabilities,
      entries,
      environment,
      memoryEnforcement,
      prestartCount = 0,
      graces = defaultGraces,
    } = settings;
    const { clock, log } = world;
    const enclosures = new Enclosures(memoryEnforcement === "watchdog" ? undefined : world.groupHost, clock, log);
    this.enclosures = enclosures;
    const { coreCount, memoryBytes } = capabilities;
    this.prestarted = new PrestartedComputations(prestartCount, {
      clock,
      log,
      stopGraceMs: graces.stopGraceMs,
      // A merger has one thread for itself.
      environmentOf: (program) => childEnvironment(environment, {}, program === "merge" ? 1 : coreCount),
      spawn: (program, ofChild) => spawnComputation(entries[program], ofChild),
      enclose: (pid) => enclosures.enclose(pid, memoryBytes, log),
      remove: (group) => enclosures.remove(group),
    });
  }

  get memoryEnforcement(): MemoryEnforcement {
    return this.enclosures.enforcement ?? this.#settings.capabilities.memoryEnforcement;
  }

  /** `present`: what runs here already. `exited` follows once. Throws as checkLaunch. */
  start(
    request: Request<"launch">,
    present: readonly Running[],
    exited: (running: Running, exit: ProcessExit) => void,
  ): Running {
    const { nodeId, capabilities, environment, graces } = this.#settings;
    const { clock, log, scenes } = this.#world;
    const { order: asked, limitBytes } = checkLaunch(request, {
      nodeId,
      host: capabilities.host,
      memoryBytes: capabilities.memoryBytes,
      promisedBytes: present.reduce((sum, each) => sum + each.limitBytes, 0),
      runningCount: present.length,
      hasCache: scenes !== undefined,
    });
    const order = withOwnTerms(asked, this.#settings);
    const childLog = log.child({ session: order.sessionId, computation: order.computation });
    const program = programOf(order.kind);
    const ofChild = childEnvironment(environment, request.environment, order.threadCount);
    const { child, group, wasWaiting } = this.#childFor(program, ofChild, limitBytes, childLog);
    const process = new RunningComputation({
      child,
      orderLine: launchOrderToLine(order),
      clock,
      said: (line) => forwardLine(childLog, line),
      ...(graces ?? defaultGraces),
    });
    const running = new Running(order, limitBytes, process, { node: nodeId, host: capabilities.host }, group);
    childLog.debug({ childPid: process.pid, attempt: order.attempt, limitBytes, wasWaiting }, "computation started");
    this.#world.watcher?.started(running, wasWaiting);
    const { bundleSha256 } = request;
    const scene =
      bundleSha256 === ""
        ? undefined
        : scenes?.hold(bundleSha256, (state) => process.note(noteOf(bundleSha256, state)));
    void process.exited.then((exit) => {
      scene?.release();
      exited(running, exit);
    });
    return running;
  }

  /** In its memory group, and without its order yet. */
  #childFor(program: ComputationProgram, environment: Environment, limitBytes: number, log: Log) {
    const waiting = this.prestarted.take(program, environment, limitBytes);
    const child = waiting?.child ?? spawnComputation(this.#settings.entries[program], environment);
    const { pid } = child;
    const group = waiting?.group ?? (pid === undefined ? undefined : this.enclosures.enclose(pid, limitBytes, log));
    return { child, group, wasWaiting: waiting !== undefined };
  }
}

/** What only the node decides: by which address others reach it, which renderers run here, where objects are kept. */
function withOwnTerms(order: LaunchOrder, settings: AgentSettings): LaunchOrder {
  const { hostAddress, renderers, objectStore = "" } = settings;
  const isMerger = order.kind === ComputationKind.MERGE;
  // A socket that somebody else names would replace the file of that name.
  const isOpen = isMerger && hostAddress !== undefined;
  const { certPem = "", keyPem = "" } = (isOpen ? settings.mergerIdentity?.() : undefined) ?? {};
  return {
    ...order,
    tlsCertPem: certPem,
    tlsKeyPem: keyPem,
    renderers: [...renderers],
    objectStore: isMerger ? objectStore : "",
    ...(isOpen ? { listenAddress: `${hostAddress}:0` } : {}),
  };
}
