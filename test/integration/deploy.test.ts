// What deploy/compose.yaml starts, without containers: the same command lines, with this machine's paths and ports in the
// place of theirs. Docker itself is not asked.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { packageRoot } from "../../host/package-root.ts";
import { freePort, Program } from "../../scripts/programs.ts";
import { composeServices, wordsOf } from "../fixtures/compose-file.ts";
import { hasNodes } from "./farm-parts.ts";
import { FarmProcess } from "./farm-processes.ts";
import { natsServerPresent } from "./nats-server.ts";
import { fakeArgs, runCommand } from "./run-command.ts";

const present = natsServerPresent();

const commandOf = (service: string, changes: Readonly<Record<string, string>>) =>
  wordsOf(composeServices()[service]?.command).map((word) => changes[word] ?? word);

/** Ended with the test. */
async function startNats() {
  const folder = mkdtempSync(join(tmpdir(), "arras-deploy-"));
  const [port, monitorPort] = [await freePort(), await freePort()];
  const words = commandOf("nats", { "/etc/nats/nats.conf": join(packageRoot(), "deploy/nats.conf") });
  const ports = ["--port", String(port), "--http_port", String(monitorPort)];
  const nats = new Program("nats-server", "sh", ["-c", 'cd "$0" && exec "$@"', folder, ...words, ...ports]);
  onTestFinished(async () => {
    nats.signal("SIGKILL");
    await nats.exited;
    rmSync(folder, { recursive: true, force: true });
  });
  await nats.said(/Server is ready/);
  return { folder, port, monitor: `http://127.0.0.1:${monitorPort}` };
}

describe.skipIf(!present)("deploy/compose.yaml without Docker", () => {
  it("NATS as a container has it -> healthy, with its store in the volume, and reached on every address", async () => {
    const { folder, monitor } = await startNats();
    expect((await fetch(`${monitor}/healthz`)).status).toBe(200);
    const { host } = (await (await fetch(`${monitor}/varz`)).json()) as { host: string };
    const { config } = (await (await fetch(`${monitor}/jsz`)).json()) as { config: { store_dir: string } };
    expect([host, existsSync(join(folder, config.store_dir))]).toEqual(["0.0.0.0", true]);
  });

  it("coordinators and a node as containers have them -> a frame, the same as on one machine", async () => {
    const nats = `nats://127.0.0.1:${(await startNats()).port}`;
    const doors: string[] = [];
    const coordinators: FarmProcess[] = [];
    for (const name of ["coordinator-1", "coordinator-2"]) {
      const port = await freePort();
      const [program = "", ...args] = commandOf(name, {
        "nats://nats:4222": nats,
        "0.0.0.0:8888": `0.0.0.0:${port}`,
        [`${name}:8888`]: `127.0.0.1:${port}`,
      });
      const coordinator = new FarmProcess(program, args);
      await coordinator.said(/^door +0\.0\.0\.0:\d+/m);
      coordinators.push(coordinator);
      doors.push(`127.0.0.1:${port}`);
    }
    const [program = "", ...args] = commandOf("node", { "nats://nats:4222": nats });
    // The renderer of the tests, and room for two computations on any machine.
    new FarmProcess(program, [...args, "--renderer", "fake", "--cores", "2", "--memory", "8g"]);
    for (const coordinator of coordinators) await hasNodes(coordinator, 1);
    const frame = ["--size", "64x48", "--num-cores", "1", "--spp", "8", "--num-mcrt", "2"];
    const { json, exitCode } = await runCommand(fakeArgs({}, ...frame, "--host", doors.join(",")));
    const local = await runCommand(fakeArgs({}, ...frame));
    expect([exitCode, json.filmSha256]).toEqual([0, local.json.filmSha256]);
  });
});
