// What looks at a real farm: live sockets, pictures of now, lists, events; through the owner's door and another one's.
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readExr } from "../../host/exr/read-exr.ts";
import { SessionState } from "../../proto/gen/arras/v1/session_pb.ts";
import { doorsOf, startFarm } from "./farm-parts.ts";
import { type LiveClient, tileValues } from "./live-client.ts";
import { look, onlySessionId } from "./looking.ts";
import { natsServerPresent } from "./nats-server.ts";
import { beginSlowFrame, testFolder } from "./run-command.ts";

const present = natsServerPresent();

/** nats-server, coordinators and one node; a frame in its middle at the first one, until it is hurried. */
async function startFrame(coordinatorCount: number) {
  const { coordinators } = await startFarm({ coordinatorCount, nodeCount: 1 });
  const doors = coordinators.map(({ door }) => door);
  const output = join(await testFolder(), "out.exr");
  const where = [...doorsOf(coordinators[0]), "--num-mcrt", "2", "--num-cores", "1"];
  const picture = ["--size", "128x96", "--spp", "64", "--exr-type", "float", "-o", output];
  const { command, hurry } = await beginSlowFrame([...picture, ...where]);
  return { doors, command, hurry, output, sessionId: await onlySessionId(doors[0]) };
}

describe.skipIf(!present)("looking at a farm's session", () => {
  it("from its beginning, late, standing still -> each sees the film; at the end the EXR's pixels as half floats", async () => {
    const { doors, command, hurry, output, sessionId } = await startFrame(1);
    const still = look(doors[0], sessionId, { acknowledges: false });
    await still.wish();
    const first = look(doors[0], sessionId);
    await first.wish();
    await first.saw((event) => event.case === "frame" && event.value.isWhole);
    const late = look(doors[0], sessionId);
    await late.wish({ outputs: ["beauty", "samples"] });
    await late.saw((event) => event.case === "frame" && event.value.isWhole);
    // Lest it closes the session before all have the last picture.
    command.signal("SIGSTOP");
    hurry();
    await first.saw((event) => event.case === "session" && event.value.state === SessionState.FINISHED);
    const hasAll = (client: LiveClient, output: string) =>
      client.saw(() => [0, 64].every((x) => [0, 64].every((y) => client.tile(output, x, y)?.sppMean === 64)));
    await Promise.all([hasAll(first, "beauty"), hasAll(late, "beauty"), hasAll(late, "samples")]);
    command.signal("SIGCONT");
    expect((await command.finished).exitCode).toBe(0);
    const frames = still.events.filter((event) => event.case === "frame").length;
    expect(frames).toBeLessThanOrEqual(2);
    const { channels } = await readExr(output);
    const red = channels.find(({ name }) => name === "R")?.values ?? [];
    for (const client of [first, late]) {
      const tile = client.tile("beauty", 64, 0);
      expect(tile?.sppMean).toBe(64);
      const [values = []] = tile === undefined ? [] : tileValues(tile);
      for (const [x, y] of [
        [0, 0],
        [17, 40],
        [63, 63],
      ] as const) {
        const exact = red[y * 128 + 64 + x] ?? Number.NaN;
        expect(Math.abs((values[y * 64 + x] ?? Number.NaN) - exact)).toBeLessThanOrEqual(
          Math.abs(exact) / 2048 + 2 ** -24,
        );
      }
    }
    expect(new Set(tileValues(late.tile("samples", 0, 0) as never)[0])).toEqual(new Set([64]));
  });

  it("at another coordinator's door -> the same pictures, events, and the command to stop", async () => {
    const { doors, command, sessionId } = await startFrame(2);
    const page = look(doors[1], sessionId);
    await page.wish();
    await page.saw((event) => event.case === "frame");
    const response = await fetch(`http://${doors[1]}/sessions/${sessionId}/preview.png?size=64`);
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "image/png"]);
    expect(Buffer.from(await response.arrayBuffer()).toString("latin1", 1, 4)).toBe("PNG");
    page.send({ case: "command", value: 3 });
    const { json } = await command.finished;
    expect(json.outcome).toBe("stopped");
  });

  it("what is no message of ours, and what is not there -> refused", async () => {
    const { doors, command, sessionId } = await startFrame(1);
    const odd = look(doors[0], sessionId);
    await odd.saw((event) => event.case === "film");
    odd.send({ case: undefined });
    expect(await odd.closed).toBe(4400);
    const nobody = look(doors[0], "no-such-session");
    expect(await nobody.closed).toBe(1006);
    for (const [path, status] of [
      [`/sessions/${sessionId}/preview.gif`, 404],
      [`/sessions/${sessionId}/preview.png?size=-1`, 400],
      ["/sessions/none/preview.png", 404],
    ] as const) {
      expect([path, (await fetch(`http://${doors[0]}${path}`)).status]).toEqual([path, status]);
    }
    command.signal("SIGINT");
    await command.finished;
  });
});
