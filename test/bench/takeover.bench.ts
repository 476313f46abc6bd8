// How soon a farm goes on without the coordinator that owned a session: real processes, the owner killed with SIGKILL
// several times while one frame renders, until another owns the session and until whoever watches sees samples that were
// rendered after that.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SessionClient } from "../../cli/session-client.ts";
import { packageRoot } from "../../host/package-root.ts";
import type { SessionEvent } from "../../proto/gen/arras/v1/session_pb.ts";
import { Program } from "../../scripts/programs.ts";
import { NatsServer, natsServerVersion } from "../integration/nats-server.ts";
import type { BenchRow } from "./bench-row.ts";

const turns = 5;
const nodeCount = 2;
/** Two threads are at it for some minutes: it is never finished. */
const frame = ["--json", "--size", "128x96", "--num-cores", "1", "--spp", "4096", "--num-mcrt", "2"];
const fakeRenderer = ["--renderer", "fake", "--renderer-options", JSON.stringify({ costMsPerSample: 0.02 })];

interface Takeover {
  readonly ownedMs: number;
  readonly progressMs: number;
}

interface Coordinator {
  readonly program: Program;
  readonly port: string;
}

export async function run(): Promise<BenchRow[]> {
  if (natsServerVersion() === undefined) {
    process.stderr.write("nats-server is not installed: takeovers are not measured\n");
    return [];
  }
  const folder = await mkdtemp(join(tmpdir(), "arras-bench-"));
  const nats = await NatsServer.start();
  const farm = new Farm(nats.url, folder);
  try {
    return rowsOf(await farm.takeovers());
  } finally {
    await farm.end();
    await nats.end();
    await rm(folder, { recursive: true, force: true });
  }
}

function rowsOf(takeovers: readonly Takeover[]): BenchRow[] {
  const row = (until: string, timesMs: readonly number[]): BenchRow => ({
    name: `takeover: owner killed until ${until}, worst of ${turns}`,
    value: Math.max(...timesMs),
    unit: "ms",
    goal: 3_000,
    higherIsBetter: false,
  });
  return [
    row(
      "another owns its session",
      takeovers.map(({ ownedMs }) => ownedMs),
    ),
    row(
      "new samples are seen",
      takeovers.map(({ progressMs }) => progressMs),
    ),
  ];
}

class Farm {
  readonly #natsUrl: string;
  readonly #folder: string;
  readonly #started: Program[] = [];

  constructor(natsUrl: string, folder: string) {
    this.#natsUrl = natsUrl;
    this.#folder = folder;
  }

  async takeovers(): Promise<Takeover[]> {
    let owner = await this.#coordinator();
    let other = await this.#coordinator();
    const limits = ["--cores", "1", "--memory", "4g", "--renderer", "fake", "--cache", join(this.#folder, "cache")];
    for (let at = 0; at < nodeCount; at++) this.#start("arras-node", limits);
    await Promise.all([owner, other].map(knowsNodes));
    const addresses = [owner, other].map(({ port }) => `127.0.0.1:${port}`);
    const sessionId = await this.#render(addresses[0]!, owner.program);
    const viewer = new Viewer(new SessionClient({ addresses }), sessionId);
    const takeovers: Takeover[] = [];
    while (takeovers.length < turns) {
      await viewer.newSamples();
      takeovers.push(await takeover(owner.program, other.program, viewer));
      const again = await this.#coordinator(owner.port);
      await knowsNodes(again);
      [owner, other] = [other, again];
    }
    viewer.close();
    return takeovers;
  }

  async end(): Promise<void> {
    for (const program of this.#started) program.signal("SIGKILL");
    await Promise.all(this.#started.map(({ exited }) => exited));
  }

  async #coordinator(port = "0"): Promise<Coordinator> {
    const program = this.#start("arras-coordinator", ["--listen", `127.0.0.1:${port}`]);
    const [, taken = ""] = await program.said(/^door +127\.0\.0\.1:(\d+)/m);
    return { program, port: taken };
  }

  /** Returns the id of the session that the command has begun. */
  async #render(address: string, owner: Program): Promise<string> {
    const [host = "", port = ""] = address.split(":");
    const path = join(packageRoot(), "bin/arras-render.js");
    const args = [path, "--host", host, "--port", port, ...frame, ...fakeRenderer];
    const command = new Program("arras-render", process.execPath, args);
    this.#started.push(command);
    const ended = command.exited.then(() => {
      throw new Error(`arras-render ended:\n${command.text}`);
    });
    const [, sessionId = ""] = await Promise.race([owner.said(/"session":"([^"]+)"/), ended]);
    return sessionId;
  }

  #start(name: string, args: readonly string[]): Program {
    const path = join(packageRoot(), `bin/${name}.js`);
    const program = new Program(name, process.execPath, [path, "--nats", this.#natsUrl, ...args]);
    this.#started.push(program);
    return program;
  }
}

async function takeover(owner: Program, other: Program, viewer: Viewer): Promise<Takeover> {
  const killedAtMs = performance.now();
  owner.signal("SIGKILL");
  await other.said(/taking a session over/);
  const ownedMs = performance.now() - killedAtMs;
  await viewer.newSamples();
  return { ownedMs, progressMs: performance.now() - killedAtMs };
}

function knowsNodes({ program }: Coordinator): Promise<unknown> {
  return program.said(new RegExp(`(?:"msg":"node joined"[\\s\\S]*){${nodeCount}}`));
}

/** Watches as the command does. */
class Viewer {
  readonly #client: SessionClient;
  readonly #looks = new Set<(event: SessionEvent) => void>();

  constructor(client: SessionClient, sessionId: string) {
    this.#client = client;
    client
      .watch(sessionId, (event) => {
        for (const look of this.#looks) look(event);
      })
      .catch(() => {});
  }

  /** More than in the first event from now on. */
  async newSamples(): Promise<void> {
    const { progress } = await this.#event(() => true);
    const before = progress?.sppMean ?? 0;
    await this.#event((event) => (event.progress?.sppMean ?? 0) > before);
  }

  close(): void {
    this.#client.close();
  }

  #event(isIt: (event: SessionEvent) => boolean): Promise<SessionEvent> {
    return new Promise((found) => {
      const look = (event: SessionEvent) => {
        if (!isIt(event)) return;
        this.#looks.delete(look);
        found(event);
      };
      this.#looks.add(look);
    });
  }
}
