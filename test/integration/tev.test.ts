// A render that tev shows: real processes, a tev without a window that decodes as tev does, pixels against the EXR.
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { readExr } from "../../host/exr/read-exr.ts";
import { freePort } from "../../scripts/programs.ts";
import { TevViewer } from "../fakes/tev-viewer.ts";
import { doorAt, startCoordinator, startNats, startNode } from "./farm-parts.ts";
import { natsServerPresent } from "./nats-server.ts";
import { fakeArgs, killOnly, mergerMain, RunningCommand, runCommand, slowFrame, testFolder } from "./run-command.ts";

async function tev(): Promise<TevViewer> {
  const viewer = await TevViewer.listen();
  onTestFinished(() => viewer.close());
  return viewer;
}

const film = ["--size", "200x150", "--crop", "8,16,190,140"];
const picture = [...film, "--spp", "8", "--exr-type", "float"];

describe("a render with --tev", () => {
  it("to its end -> tev shows the pixels of the EXR, as half floats, where they are in it", async () => {
    const viewer = await tev();
    const output = join(await testFolder(), "out.exr");
    const { exitCode, stderr } = await runCommand(
      fakeArgs({}, ...picture, "-o", output, "--tev", `127.0.0.1:${viewer.port}`),
    );
    await viewer.hungUp();
    expect([exitCode, viewer.fault], stderr).toEqual([0, undefined]);
    const [[name, shown] = []] = [...viewer.shown.images];
    expect(name).toMatch(/^arras-render [0-9a-f]{8}$/);
    expect([shown?.widthPx, shown?.heightPx]).toEqual([200, 150]);
    const { channels } = await readExr(output);
    let compared = 0;
    for (const channelName of ["R", "G", "B", "A"]) {
      const exact = channels.find(({ name: each }) => each === channelName)?.values ?? new Float32Array();
      const values = shown?.channels.get(channelName) ?? new Float32Array();
      for (let y = 16; y < 140; y++)
        for (let x = 8; x < 190; x++) {
          const wanted = exact[(y - 16) * 182 + (x - 8)] ?? Number.NaN;
          const off = Math.abs((values[y * 200 + x] ?? Number.NaN) - wanted);
          if (off <= Math.abs(wanted) / 2048 + 2 ** -24) compared += 1;
        }
      expect(values[0]).toBe(0);
    }
    expect(compared).toBe(4 * 182 * 124);
  });

  it("tev is not there -> said once, and the frame is the same", async () => {
    const port = await freePort();
    const { exitCode, stderr, json } = await runCommand(fakeArgs({}, ...picture, "--tev", `127.0.0.1:${port}`));
    expect(exitCode).toBe(0);
    expect(json.outcome).toBe("finished");
    expect(stderr.match(/tev does not listen at 127\.0\.0\.1:\d+ \(connect ECONNREFUSED/g)).toHaveLength(1);
  });

  it("a render that is gone on with, whose command line says no size -> tev shows all of it", async () => {
    const environment = { ARRAS_STATE_DIR: await testFolder() };
    const { knobs, hurry } = slowFrame();
    const slow = fakeArgs(knobs, ...film, "--spp", "32", "--checkpoint-interval", "0.1");
    const first = new RunningCommand(slow, { environment });
    await first.said(/it goes on with: arras-render --resume/);
    first.signal("SIGINT");
    const { json } = await first.finished;
    hurry();
    const viewer = await tev();
    const output = join(await testFolder(), "out.exr");
    const again = ["--resume", json.resume ?? "", "--exr-type", "float", "-o", output];
    const { exitCode, stderr } = await runCommand([...again, "--tev", `127.0.0.1:${viewer.port}`], { environment });
    await viewer.hungUp();
    expect([exitCode, viewer.fault], stderr).toEqual([0, undefined]);
    const [shown] = [...viewer.shown.images.values()];
    // To the end of what is rendered.
    expect([shown?.widthPx, shown?.heightPx]).toEqual([190, 140]);
    const exact = (await readExr(output)).channels.find(({ name }) => name === "B")?.values ?? [];
    const values = shown?.channels.get("B") ?? [];
    for (const [x, y] of [
      [8, 16],
      [100, 77],
      [189, 139],
    ] as const)
      expect(values[y * 190 + x]).toBeCloseTo(exact[(y - 16) * 182 + x - 8] ?? Number.NaN, 3);
  });

  it("tev stands still, and Ctrl-C -> the render stops as without it", async () => {
    const viewer = await tev();
    viewer.stall();
    const slow = fakeArgs({ costMsPerSample: 0.05 }, "--size", "640x480", "--spp", "512");
    const command = new RunningCommand([...slow, "--tev", `127.0.0.1:${viewer.port}`]);
    await command.said(/ spp · /);
    command.signal("SIGINT");
    const { exitCode, json } = await command.finished;
    expect([exitCode, json.outcome]).toEqual([0, "stopped"]);
  });
});

describe.skipIf(!natsServerPresent())("a farm's render with --tev", () => {
  it("the merger is killed while it renders -> tev has the last picture all the same", async () => {
    const viewer = await tev();
    const nats = await startNats();
    const { process: coordinator, port } = await startCoordinator(nats);
    await coordinator.said(/computations find it/);
    const node = startNode(nats, ["--renderer", "fake"]);
    await node.said(/^node /m);
    const output = join(await testFolder(), "out.exr");
    const where = [...doorAt(port), "--num-mcrt", "2", "--num-cores", "1", "--tev", `127.0.0.1:${viewer.port}`];
    const frame = ["--size", "128x96", "--spp", "64", "--exr-type", "float", "-o", output];
    const { knobs, hurry } = slowFrame();
    const command = new RunningCommand(fakeArgs(knobs, ...frame, ...where));
    await viewer.saw(() => viewer.shown.updateCount > 0);
    killOnly(node.children(mergerMain));
    await command.said(/The merger is started again/);
    hurry();
    const { exitCode, stderr } = await command.finished;
    await viewer.hungUp();
    expect([exitCode, viewer.fault], stderr).toEqual([0, undefined]);
    const { channels } = await readExr(output);
    const exact = channels.find(({ name }) => name === "G")?.values ?? new Float32Array();
    const shown = [...viewer.shown.images.values()][0]?.channels.get("G") ?? new Float32Array();
    expect(shown.length).toBe(exact.length);
    const off = shown.map(
      (value, at) => Math.abs(value - (exact[at] ?? Number.NaN)) / (Math.abs(exact[at] ?? 0) + 1e-4),
    );
    expect(Math.max(...off)).toBeLessThan(1 / 1024);
  });
});
