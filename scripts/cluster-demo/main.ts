// `make cluster-demo`: one frame on this machine alone, then the same frame on a farm of separate processes, some of
// which are killed while it renders. The two films have the same hash, or this ends with exit code 1.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../../host/package-root.ts";
import { childrenOf, freePort, Program } from "../programs.ts";

const size = process.env.DEMO_SIZE ?? "640x360";
const spp = process.env.DEMO_SPP ?? "256";

interface Farm {
  readonly coordinators: readonly Program[];
  readonly nodes: readonly Program[];
  /** For --host. */
  readonly doors: string;
}

const folder = mkdtempSync(join(tmpdir(), "arras-demo-"));
const started: Program[] = [];
process.once("SIGINT", () => process.exit(130));
process.once("exit", () => {
  for (const program of started) program.signal("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});
process.exit(await demonstrate());

async function demonstrate(): Promise<number> {
  say(`1. The frame (${size}, ${spp} samples a pixel) on this machine alone`);
  const alone = await filmOf(render(["--num-mcrt", "2"]));
  say(`   film ${alone}`);
  say("2. A farm: nats-server, two coordinators, three nodes, each a process of its own");
  const farm = await startFarm();
  say("3. The same frame on the farm");
  mkdirSync(join(packageRoot(), "out"), { recursive: true });
  const command = render(["--host", farm.doors, "--num-mcrt", "2", "-o", join(packageRoot(), "out/cluster-demo.png")]);
  await killThings(farm, command);
  const together = await filmOf(command);
  say(`   film ${together}`);
  say(together === alone ? "The same film, bit by bit." : "NOT the same film.");
  if (together === alone) say("out/cluster-demo.png is the picture.");
  return together === alone ? 0 : 1;
}

async function startFarm(): Promise<Farm> {
  const port = await freePort();
  const configuration = join(folder, "nats.conf");
  writeFileSync(configuration, `listen: "127.0.0.1:${port}"\njetstream { store_dir: "${join(folder, "store")}" }\n`);
  const nats = start("nats-server", "nats-server", ["-c", configuration]);
  await nats.said(/Server is ready/);
  const url = ["--nats", `nats://127.0.0.1:${port}`];
  const coordinators = [1, 2].map((at) =>
    start(`coordinator ${at}`, process.execPath, [bin("arras-coordinator"), ...url, "--listen", "127.0.0.1:0"]),
  );
  const ports: string[] = [];
  for (const coordinator of coordinators) ports.push((await coordinator.said(/^door +127\.0\.0\.1:(\d+)/m))[1] ?? "");
  // They are one machine, and share its copy of the scene.
  const limits = ["--cores", "1", "--memory", "4g", "--cache", join(folder, "cache")];
  const nodes = [1, 2, 3].map((at) => start(`node ${at}`, process.execPath, [bin("arras-node"), ...url, ...limits]));
  for (const coordinator of coordinators) await coordinator.said(/(?:"msg":"node joined"[\s\S]*){3}/);
  return { coordinators, nodes, doors: ports.map((each) => `127.0.0.1:${each}`).join(",") };
}

/** One after the other, each when a further part of the frame is there. */
async function killThings(farm: Farm, command: Program): Promise<void> {
  const nodePids = farm.nodes.map(({ pid }) => pid);
  await progress(command, 15);
  const film = farm.nodes.find(({ pid }) => childrenOf([pid], "merger/main.js").length > 0);
  const victim = farm.nodes.find((node) => node !== film && childrenOf([node.pid], "mcrt/main.js").length > 0);
  if (victim !== undefined) kill(victim.name, [victim.pid]);
  await progress(command, 35);
  const [owner] = farm.coordinators;
  if (owner !== undefined) kill(`${owner.name}, which owns the session`, [owner.pid]);
  await progress(command, 55);
  kill("a renderer", childrenOf(nodePids, "mcrt/main.js").slice(0, 1));
  await progress(command, 75);
  kill("the merger, which has the film", childrenOf(nodePids, "merger/main.js"));
}

function kill(name: string, pids: readonly number[]): void {
  if (pids.length === 0) return;
  process.stderr.write("\n");
  say(`   kill -9 ${name}`);
  for (const pid of pids) process.kill(pid, "SIGKILL");
}

/** When the progress line has shown at least so much. */
async function progress(command: Program, percent: number): Promise<void> {
  const tens = Math.floor(percent / 10);
  const ones = percent % 10;
  await command.said(new RegExp(` (?:${tens}[${ones}-9]|[${tens + 1}-9]\\d|100)%`));
}

function render(args: readonly string[]): Program {
  const scene = [join(packageRoot(), "deploy/demo/demo.glb"), "--env", join(packageRoot(), "deploy/demo/sky.hdr")];
  const frame = ["--size", size, "--spp", spp, "--num-cores", "1", "--json"];
  return start("arras-render", process.execPath, [bin("arras-render"), ...scene, ...frame, ...args], { echo: true });
}

async function filmOf(command: Program): Promise<string> {
  const code = await command.exited;
  const hash = /"filmSha256":"([0-9a-f]{64})"/.exec(command.text)?.[1];
  if (code !== 0 || hash === undefined) throw new Error(`arras-render ended with ${code}`);
  return hash;
}

function start(name: string, command: string, args: readonly string[], options = {}): Program {
  const program = new Program(name, command, args, options);
  started.push(program);
  return program;
}

function bin(name: string): string {
  return join(packageRoot(), `bin/${name}.js`);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
