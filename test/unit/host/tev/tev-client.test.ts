// The client of tev against a tev without a window, over real sockets; time stands still until the test moves it.
import { describe, expect, it, onTestFinished } from "vitest";
import { TevClient, type TevNews } from "../../../../host/tev/tev-client.ts";
import { freePort } from "../../../../scripts/programs.ts";
import { FakeClock } from "../../../fakes/fake-clock.ts";
import { Lookers } from "../../../fakes/lookers.ts";
import { TevViewer } from "../../../fakes/tev-viewer.ts";

async function listening(port?: number): Promise<TevViewer> {
  const viewer = await TevViewer.listen(port ?? (await freePort()));
  onTestFinished(() => viewer.close());
  return viewer;
}

function clientOf(port: number) {
  const clock = new FakeClock();
  const news: TevNews[] = [];
  const lookers = new Lookers();
  const client = new TevClient({
    host: "127.0.0.1",
    port,
    clock,
    told: (each) => {
      news.push(each);
      lookers.look();
    },
  });
  onTestFinished(() => client.close());
  const heard = (count: number) => lookers.until(() => news.length >= count);
  return { client, clock, news, heard };
}

const image = (name: string, sidePx = 2) => ({ name, widthPx: sidePx, heightPx: sidePx, channelNames: ["R"] });
const pixels = (value: number, sidePx = 2) => new Float32Array(sidePx * sidePx).fill(value);
const all = (sidePx = 2) => ({ x: 0, y: 0, widthPx: sidePx, heightPx: sidePx });

function red(viewer: TevViewer, name: string): number | undefined {
  return viewer.shown.images.get(name)?.channels.get("R")?.[0];
}

describe("the client of tev", () => {
  it("drawn before it is connected -> tev shows it; closed -> everything was sent, the image stays", async () => {
    const viewer = await listening();
    const { client, news } = clientOf(viewer.port);
    const [first, second] = [client.createImage(image("first")), client.createImage(image("second"))];
    first.draw(all(), pixels(0.5));
    second.draw(all(), pixels(2));
    await client.close();
    await viewer.saw(() => red(viewer, "second") === 2);
    expect([red(viewer, "first"), viewer.fault, news]).toEqual([0.5, undefined, [{ t: "there" }]]);
  });

  it("an image is removed, a file opened -> tev closes the one and opens the other", async () => {
    const viewer = await listening();
    const { client } = clientOf(viewer.port);
    const picture = client.createImage(image("gone"));
    picture.draw(all(), pixels(1));
    await viewer.saw(() => red(viewer, "gone") === 1);
    picture.remove();
    client.openImage("/shots/ref.exr", "albedo");
    await viewer.saw(() => viewer.shown.opened.length === 1);
    expect([viewer.shown.images.size, viewer.shown.opened]).toEqual([0, ["true /shots/ref.exr albedo"]]);
  });

  it("tev stands still while much is drawn -> drawing goes on, and then tev gets the newest, not all of it", async () => {
    const viewer = await listening();
    const sidePx = 1024;
    const { client } = clientOf(viewer.port);
    const picture = client.createImage(image("busy", sidePx));
    picture.draw(all(sidePx), pixels(1, sidePx));
    await viewer.saw(() => viewer.shown.updateCount > 0);
    viewer.stall();
    // 80 MB, which no socket holds.
    for (let value = 2; value <= 20; value++) picture.draw(all(sidePx), pixels(value, sidePx));
    viewer.goOn();
    // One pixel of each square.
    const corners = Array.from({ length: 64 }, (_, at) => 128 * (Math.floor(at / 8) * sidePx + (at % 8)));
    const isNewest = () => corners.every((at) => viewer.shown.images.get("busy")?.channels.get("R")?.[at] === 20);
    await viewer.saw(isNewest);
    // 64 squares: the first ones, those that were on their way, the newest.
    expect(viewer.shown.updateCount).toBeLessThan(64 * 4);
  });

  it("tev stands still and the client is closed -> gives up after the given time", async () => {
    const viewer = await listening();
    const sidePx = 2048;
    const { client, clock } = clientOf(viewer.port);
    const picture = client.createImage(image("stuck", sidePx));
    await viewer.saw(() => viewer.shown.createCount === 1);
    viewer.stall();
    picture.draw(all(sidePx), pixels(1, sidePx));
    const closed = client.close(1000);
    clock.advance(1000);
    await closed;
    expect(clock.timerCount).toBe(0);
  });

  it("tev is not there -> told once, tried again later and later; it comes -> shows everything", async () => {
    const first = await listening();
    const { port } = first;
    await first.close();
    const { client, clock, news, heard } = clientOf(port);
    const picture = client.createImage(image("late"));
    picture.draw(all(), pixels(7));
    await heard(1);
    expect(news).toEqual([{ t: "away", reason: expect.stringContaining("ECONNREFUSED") }]);
    const viewer = await listening(port);
    expect(clock.timerCount).toBe(1);
    clock.advance(250);
    await viewer.saw(() => red(viewer, "late") === 7);
    expect(news.map(({ t }) => t)).toEqual(["away", "there"]);
  });

  it("tev is closed and opened again -> told once each, and everything is shown again", async () => {
    const first = await listening();
    const { port } = first;
    const { client, clock, news, heard } = clientOf(port);
    const picture = client.createImage(image("again"));
    picture.draw(all(), pixels(3));
    await first.saw(() => red(first, "again") === 3);
    await first.close();
    await heard(2);
    const second = await listening(port);
    clock.advance(250);
    await second.saw(() => red(second, "again") === 3);
    expect(news.map(({ t }) => t)).toEqual(["there", "away", "there"]);
  });

  it("tev is not there and the client is closed -> at once, and no timer is left", async () => {
    const gone = await listening();
    const { port } = gone;
    await gone.close();
    const { client, clock, heard } = clientOf(port);
    client.createImage(image("nobody")).draw(all(), pixels(1));
    await heard(1);
    await client.close();
    expect(clock.timerCount).toBe(0);
  });
});
