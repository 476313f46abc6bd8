// A real nats-server for tests: a free port, a JetStream folder of its own, and a server that can be ended, stopped,
// continued and started again on the same port and folder.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { packageRoot } from "../../host/package-root.ts";
import { freePort } from "../../scripts/programs.ts";

/** "nats-server: v2.9.10", or undefined where there is none. */
export function natsServerVersion(): string | undefined {
  const { status, stdout } = spawnSync("nats-server", ["--version"], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

/** Says in one line what the tests of this file do. */
export function natsServerPresent(): boolean {
  const version = natsServerVersion();
  process.stdout.write(
    version === undefined
      ? "nats-server is not installed: its tests are left out (scripts/setup.sh --tests installs it)\n"
      : `with ${version}\n`,
  );
  return version !== undefined;
}

/** The users `coordinator` and `agent` that deploy/nats.conf suggests, as a server's configuration. */
export async function shippedUsers(password: string): Promise<string> {
  const shipped = await readFile(join(packageRoot(), "deploy/nats.conf"), "utf8");
  const block = /^# authorization \{\n# {3}coordinator:[\s\S]*?^# \}$/m.exec(shipped)?.[0] ?? "";
  return block.replace(/^# ?/gm, "").replaceAll("…", password);
}

export interface NatsServerOptions {
  /** Lines of its configuration beside port and JetStream: users, TLS, limits. */
  readonly configuration?: string;
  readonly jetStream?: boolean;
  /** Where it listens; absent: 127.0.0.1 and a port that is free. */
  readonly listen?: { readonly host: string; readonly port: number };
  /** A program in front of it, e.g. `nsenter`. */
  readonly spawnAs?: (command: readonly string[]) => readonly string[];
}

export class NatsServer {
  readonly port: number;
  readonly folder: string;
  readonly #host: string;
  readonly #configurationFile: string;
  readonly #spawnAs: (command: readonly string[]) => readonly string[];
  #process: ChildProcess | undefined;
  /** What it has refused to its clients, in its words. */
  readonly violations: string[] = [];

  private constructor(folder: string, { host, port }: { host: string; port: number }, options: NatsServerOptions) {
    this.port = port;
    this.folder = folder;
    this.#host = host;
    this.#configurationFile = join(folder, "nats.conf");
    this.#spawnAs = options.spawnAs ?? ((command) => command);
  }

  static async start(options: NatsServerOptions = {}): Promise<NatsServer> {
    const folder = await mkdtemp(join(tmpdir(), "arras-nats-"));
    const listen = options.listen ?? { host: "127.0.0.1", port: await freePort() };
    const server = new NatsServer(folder, listen, options);
    await server.configure(options);
    await server.start();
    return server;
  }

  get address(): string {
    return `${this.#host}:${this.port}`;
  }

  get url(): string {
    return `nats://${this.address}`;
  }

  /** What the next start() reads. */
  async configure({ configuration = "", jetStream = true }: NatsServerOptions): Promise<void> {
    const store = jetStream ? `jetstream { store_dir: "${join(this.folder, "store")}" }\n` : "";
    await writeFile(this.#configurationFile, `listen: "${this.address}"\n${store}${configuration}\n`);
  }

  /** Resolves when it is ready for connections. */
  async start(): Promise<void> {
    const [program = "", ...args] = this.#spawnAs(["nats-server", "-c", this.#configurationFile]);
    const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
    this.#process = child;
    await new Promise<void>((resolve, reject) => {
      const lines: string[] = [];
      createInterface({ input: child.stderr }).on("line", (line) => {
        if (lines.length < 50) lines.push(line);
        if (line.includes("Violation")) this.violations.push(line);
        if (line.includes("Server is ready")) resolve();
      });
      child.once("error", reject);
      child.once("exit", (code) => reject(new Error(`nats-server ended with ${code}:\n${lines.join("\n")}`)));
    });
  }

  /** SIGKILL: nothing is flushed, connections break. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await exited;
  }

  /** It stands still: connections stay open, nothing is answered. Resolves when all its threads have stopped. */
  async pause(): Promise<void> {
    const child = this.#process;
    child?.kill("SIGSTOP");
    const tasks = `/proc/${child?.pid}/task`;
    const stopped = async () => {
      const states = (await readdir(tasks)).map((task) => readFile(`${tasks}/${task}/stat`, "utf8"));
      return (await Promise.all(states)).every((stat) => stat.slice(stat.lastIndexOf(")")).startsWith(") T"));
    };
    while (!(await stopped()));
  }

  resume(): void {
    this.#process?.kill("SIGCONT");
  }

  async end(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}
