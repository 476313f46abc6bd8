// Hosts as network namespaces of this machine: a switch, a cable from it to each, and what can happen to cables. Whatever
// becomes of the test, its namespaces and what runs in them are removed (test/fixtures/netns-guard.mjs).
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";
import { isAlive } from "../../scripts/processes.ts";

const run = promisify(execFile);
const guardScript = fileURLToPath(new URL("../fixtures/netns-guard.mjs", import.meta.url));

/** Whether this machine lets us; says so in one line where not. */
export function networksPresent(): boolean {
  const probe = `arras-${process.pid}-probe`;
  try {
    removeLeft();
    const quiet = { stdio: "pipe" } as const;
    execFileSync("ip", ["netns", "add", probe], quiet);
    execFileSync("ip", ["-n", probe, "link", "add", "p0", "type", "veth", "peer", "name", "p1"], quiet);
    execFileSync("ip", ["-n", probe, "link", "add", "sw", "type", "bridge"], quiet);
    execFileSync("tc", ["-n", probe, "qdisc", "add", "dev", "p0", ...narrowArgs(1000)], quiet);
    execFileSync("nsenter", [`--net=/run/netns/${probe}`, "nft", "-f", "-"], { input: lossRules(1), ...quiet });
    return true;
  } catch (thrown) {
    const reason = String(thrown instanceof Error ? thrown.message : thrown).split("\n")[0];
    process.stdout.write(`no hosts in network namespaces here: their tests are left out (${reason})\n`);
    return false;
  } finally {
    try {
      execFileSync("ip", ["netns", "del", probe], { stdio: "ignore" });
    } catch {
      // It was never made.
    }
  }
}

export class LabNetwork {
  readonly #prefix: string;
  readonly #hosts: readonly string[];
  readonly #guard: ChildProcess;

  private constructor(prefix: string, hosts: readonly string[]) {
    this.#prefix = prefix;
    this.#hosts = hosts;
    const names = [this.#switch, ...hosts.map((host) => this.#space(host))];
    this.#guard = spawn(process.execPath, [guardScript, ...names], {
      stdio: ["pipe", "ignore", "inherit"],
      detached: true,
    });
  }

  /** Ended with the test. */
  static async create(hosts: readonly string[]): Promise<LabNetwork> {
    const network = new LabNetwork(`arras-${process.pid}-${Math.random().toString(36).slice(2, 8)}`, hosts);
    onTestFinished(() => network.end());
    await network.#build();
    return network;
  }

  address(host: string): string {
    return `10.99.0.${10 + this.#index(host)}`;
  }

  /** The command, run on that host. Its files and memory groups are this machine's. */
  on(host: string): (command: readonly string[]) => readonly string[] {
    return (command) => ["nsenter", `--net=/run/netns/${this.#space(host)}`, ...command];
  }

  /** The host's link is down for that long: nothing passes, and nobody is told. Resolves when it is up again. */
  async unplug(host: string, forMs: number): Promise<void> {
    const port = ["-n", this.#switch, "link", "set", this.#port(host)];
    await this.#ip(...port, "down");
    await delay(forMs);
    await this.#ip(...port, "up");
  }

  /** Packets to and from it are lost, each with this probability. */
  async lose(host: string, percent: number): Promise<void> {
    const child = run("nsenter", [`--net=/run/netns/${this.#space(host)}`, "nft", "-f", "-"]);
    child.child.stdin?.end(lossRules(percent));
    await child;
  }

  /** What it sends passes no faster. */
  async narrow(host: string, kilobitsPerSecond: number): Promise<void> {
    await run("tc", ["-n", this.#space(host), "qdisc", "replace", "dev", "eth0", ...narrowArgs(kilobitsPerSecond)]);
  }

  async end(): Promise<void> {
    const gone = new Promise((resolve) => this.#guard.once("exit", resolve));
    this.#guard.stdin?.end();
    await gone;
  }

  async #build(): Promise<void> {
    await this.#ip("netns", "add", this.#switch);
    await this.#ip("-n", this.#switch, "link", "add", "sw", "type", "bridge");
    await this.#ip("-n", this.#switch, "link", "set", "sw", "up");
    for (const host of this.#hosts) {
      const [space, port] = [this.#space(host), this.#port(host)];
      await this.#ip("netns", "add", space);
      const cable = ["type", "veth", "peer", "name", "eth0", "netns", space];
      await this.#ip("-n", this.#switch, "link", "add", port, ...cable);
      await this.#ip("-n", this.#switch, "link", "set", port, "master", "sw", "up");
      await this.#ip("-n", space, "address", "add", `${this.address(host)}/24`, "dev", "eth0");
      for (const each of ["lo", "eth0"]) await this.#ip("-n", space, "link", "set", each, "up");
    }
  }

  get #switch(): string {
    return `${this.#prefix}-switch`;
  }

  #space(host: string): string {
    return `${this.#prefix}-${host}`;
  }

  #port(host: string): string {
    return `p${this.#index(host)}`;
  }

  #index(host: string): number {
    const index = this.#hosts.indexOf(host);
    if (index < 0) throw new Error(`there is no host ${host}`);
    return index;
  }

  async #ip(...args: readonly string[]): Promise<void> {
    await run("ip", args);
  }
}

/** What passes at once is 10 ms of it, and two packets at least: a longer burst would let small frames look fast for ever. */
function narrowArgs(kilobitsPerSecond: number): string[] {
  const burstSizeBytes = Math.max(4096, Math.round(kilobitsPerSecond * 1.25));
  return ["root", "tbf", "rate", `${kilobitsPerSecond}kbit`, "burst", `${burstSizeBytes}b`, "latency", "400ms"];
}

function lossRules(percent: number): string {
  const rule = `numgen random mod 1000 < ${Math.round(percent * 10)} drop`;
  const chain = (hook: string, of: string) =>
    `chain ${hook} { type filter hook ${hook} priority 0; ${of} "eth0" ${rule}; }`;
  return `table inet lab\nflush table inet lab\ntable inet lab {\n${chain("input", "iifname")}\n${chain("output", "oifname")}\n}\n`;
}

/** Of tests whose guard was killed too. */
function removeLeft(): void {
  const listed = execFileSync("ip", ["netns", "list"], { encoding: "utf8" });
  const left = listed.split("\n").flatMap((line) => {
    const [name, pid] = /^arras-(\d+)-\S+/.exec(line) ?? [];
    return name === undefined || isAlive(Number(pid)) ? [] : [name];
  });
  if (left.length > 0) execFileSync(process.execPath, [guardScript, ...left], { input: "" });
}
