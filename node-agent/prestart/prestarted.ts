// Processes of computations that were started beforehand: programs loaded, they wait for a launch order on their standard
// input, in a memory group of their own. They know no session and hold no token; each gets one order at most.
import type { Clock, Timer } from "../../host/clock.ts";
import type { Log } from "../../host/log.ts";
import type { MemoryGroup } from "../cgroup/memory-group.ts";
import type { ComputationChild } from "../computation-child.ts";
import type { ComputationProgram } from "../computation-program.ts";
import { PrestartPlan } from "./prestart-plan.ts";
import { type Environment, servesEnvironment } from "./serves-environment.ts";

export interface PrestartSurroundings {
  readonly clock: Clock;
  readonly log: Log;
  readonly stopGraceMs: number;
  /** Before anybody asks for it. */
  environmentOf(program: ComputationProgram): Environment;
  spawn(program: ComputationProgram, environment: Environment): ComputationChild;
  /** With so much room that it cannot matter; undefined where there are no groups. */
  enclose(pid: number): MemoryGroup | undefined;
  remove(group: MemoryGroup): void;
}

/** Its order is to be written to its input next. */
export interface Prestarted {
  readonly child: ComputationChild;
  readonly group: MemoryGroup | undefined;
}

interface Waiting extends Prestarted {
  readonly program: ComputationProgram;
  readonly environment: Environment;
  /** Why, when it has ended, or never ran. */
  readonly gone: Promise<string>;
}

export class PrestartedComputations {
  readonly #plan: PrestartPlan;
  readonly #world: PrestartSurroundings;
  readonly #waiting = new Set<Waiting>();
  /** Ended here, and not gone yet. */
  readonly #leaving = new Set<Promise<void>>();
  #timer: Timer | undefined;
  #isOpen = false;

  constructor(countOfEach: number, world: PrestartSurroundings) {
    this.#plan = new PrestartPlan(countOfEach);
    this.#world = world;
  }

  /** Now, so many more than are always to wait. Nothing is started in their place, and who is not wanted ends with `close`. */
  start(program: ComputationProgram, count: number): void {
    for (let started = 0; started < count; started++) this.#start(program);
  }

  open(): void {
    this.#isOpen = true;
    this.#look();
  }

  waitingCount(program: ComputationProgram): number {
    return this.#plan.waitingCount(program);
  }

  /**
   * One that has this environment, held to this limit; undefined: there is none, and one is to be started. Called for
   * each launch, before it gets its order.
   */
  take(program: ComputationProgram, environment: Environment, limitBytes: number): Prestarted | undefined {
    this.#plan.launched(this.#world.clock.nowMs());
    const found = [...this.#waiting].find(
      (each) => each.program === program && isAlive(each.child) && servesEnvironment(each.environment, environment),
    );
    // A kernel may refuse a limit below what is in use already.
    const isHeld = found?.group?.limit(limitBytes) ?? true;
    if (found !== undefined && isHeld) {
      this.#waiting.delete(found);
      this.#plan.taken(program);
    } else if (found !== undefined) this.#discard(found);
    this.#look();
    return isHeld ? found : undefined;
  }

  /** Ends those that wait; others are started in their place later. Resolves when they are gone. */
  async clear(): Promise<void> {
    for (const each of [...this.#waiting]) this.#discard(each);
    this.#look();
    await Promise.all(this.#leaving);
  }

  /** Ends them, and starts none any more. */
  close(): Promise<void> {
    this.#isOpen = false;
    this.#timer?.cancel();
    return this.clear();
  }

  /** At once. */
  kill(): void {
    this.#isOpen = false;
    this.#timer?.cancel();
    for (const { child } of this.#waiting) child.kill("SIGKILL");
  }

  #look(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (!this.#isOpen) return;
    const nowMs = this.#world.clock.nowMs();
    const step = this.#plan.next(nowMs);
    if (step.t === "start") this.#start(step.program);
    else if (step.t === "wait") this.#timer = this.#world.clock.after(step.untilMs - nowMs, () => this.#look());
  }

  #start(program: ComputationProgram): void {
    const { clock, log } = this.#world;
    const environment = this.#world.environmentOf(program);
    const child = this.#world.spawn(program, environment);
    const group = child.pid === undefined ? undefined : this.#world.enclose(child.pid);
    this.#plan.started(program, clock.nowMs());
    const gone = new Promise<string>((resolve) => {
      child.once("exit", (code, signal) => resolve(signal ?? `code ${code}`));
      child.once("error", ({ message }) => resolve(message));
    });
    child.stdin.on("error", () => {});
    const waiting: Waiting = { program, environment, child, group, gone };
    this.#waiting.add(waiting);
    void gone.then((reason) => this.#ended(waiting, reason));
    log.debug({ childPid: child.pid, program }, "a process waits for an order");
    this.#look();
  }

  /** By itself, unless it does not wait here any more. */
  #ended(waiting: Waiting, reason: string): void {
    if (!this.#waiting.delete(waiting)) return;
    const { child, group, program } = waiting;
    this.#world.log.warn({ childPid: child.pid, program, reason }, "a process that waited for an order ended");
    if (group !== undefined) this.#world.remove(group);
    this.#plan.failed(program, this.#world.clock.nowMs());
    this.#look();
  }

  #discard(waiting: Waiting): void {
    const { child, group, program, gone } = waiting;
    const { clock, stopGraceMs } = this.#world;
    this.#waiting.delete(waiting);
    this.#plan.discarded(program, clock.nowMs());
    child.stdin.end();
    const killing = clock.after(stopGraceMs, () => child.kill("SIGKILL"));
    const leaving = gone.then(() => {
      killing.cancel();
      this.#leaving.delete(leaving);
      if (group !== undefined) this.#world.remove(group);
    });
    this.#leaving.add(leaving);
  }
}

function isAlive({ pid, exitCode, signalCode }: ComputationChild): boolean {
  return pid !== undefined && exitCode === null && signalCode === null;
}
