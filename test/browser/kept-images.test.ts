// A farm's page when a frame has ended: its finished images are there to be fetched and looked at, also when its session is
// closed; behind a login, whose token is in none of their addresses.
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Locator, Page } from "playwright-core";
import { describe, expect, it, onTestFinished } from "vitest";
import { SessionClient } from "../../cli/session-client.ts";
import { readExr } from "../../host/exr/read-exr.ts";
import { Secret } from "../../host/nats/secret.ts";
import { hasNodes, startCoordinator, startNats, startNode } from "../integration/farm-parts.ts";
import { natsServerPresent } from "../integration/nats-server.ts";
import { fakeArgs, RunningCommand, slowFrame, testFolder } from "../integration/run-command.ts";
import { chromiumPresent, openPage, said, startBrowser } from "./open-page.ts";

const token = "token-of-ann-0123456789abcdef0123456789abcdef";
const kept = /Finished images of \d+ bytes are kept/;

/** A door that asks for a login, a node, and a frame in its middle. */
async function startFrame() {
  const folder = await testFolder();
  const [tokenFile, list] = [join(folder, "token"), join(folder, "tokens")];
  writeFileSync(tokenFile, `${token}\n`);
  writeFileSync(list, `ann sha256:${createHash("sha256").update(token).digest("hex")} submit\n`);
  const nats = await startNats();
  const { process: coordinator, port, door } = await startCoordinator(nats, { args: ["--tokens", list] });
  startNode(nats);
  await hasNodes(coordinator, 1);
  const { knobs, hurry } = slowFrame(0.5);
  const size = ["--size", "96x64", "--spp", "64", "--num-mcrt", "1", "--num-cores", "1"];
  const where = ["--host", "127.0.0.1", "--port", port, "--token-file", tokenFile];
  const command = new RunningCommand(fakeArgs(knobs, ...size, ...where));
  await command.said(/ spp · /);
  const client = new SessionClient({ addresses: [door], access: { tls: undefined, token: new Secret(token) } });
  onTestFinished(() => client.close());
  return { coordinator, door, command, client, hurry };
}

const exrLinkIn = (place: Page | Locator) => place.getByRole("list").getByRole("link", { name: /film\.exr/ });

/** The file behind a link, as its user gets it. */
async function fetched(page: Page, link: Locator): Promise<string> {
  const saving = page.waitForEvent("download");
  await link.press("Enter");
  return await (await saving).path();
}

describe.skipIf(!chromiumPresent() || !natsServerPresent())("a farm's finished images on the page", () => {
  it("the frame ends, then its session is closed -> links on both pages and in the list; the picture, without its session", async () => {
    const { coordinator, door, command, client, hurry } = await startFrame();
    const { page, complaints } = await openPage(await startBrowser(), `http://${door}/?token=${token}`);
    await page.getByRole("table").getByRole("link").first().click();
    await said(page.locator("header dl"), /rendering/);
    expect(await page.getByRole("region", { name: "Finished images" }).count()).toBe(0);
    // Its command would close the session at once.
    process.kill(command.pid, "SIGKILL");
    hurry();
    await coordinator.said(kept);
    const live = page.getByRole("region", { name: "Finished images" });
    await said(live, /Kept since .*picture\.png, [\d.]+ KB.*film\.exr, [\d.]+ KB/);
    expect(complaints).toEqual([]);
    const exr = await fetched(page, exrLinkIn(live));
    expect(await readExr(exr)).toMatchObject({ widthPx: 96, heightPx: 64 });
    const sessionId = page.url().split("/").at(-1) ?? "";
    await client.closeSession(sessionId);

    await page.goto(`http://${door}/`);
    const row = page.getByRole("region", { name: "Finished images" }).getByRole("row").nth(1);
    await said(row, /finished.*64 spp.*96×64.*ann.*picture\.png.*film\.exr/);
    await row.getByRole("link").first().click();
    await said(page.locator("header dl"), /finished, closed.*64 spp/);
    const picture = page.getByRole("img", { name: /as it was rendered/ });
    await expect
      .poll(() => picture.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth))
      .toBe(96);
    const again = await fetched(page, exrLinkIn(page));
    expect((await readFile(again)).equals(await readFile(exr))).toBe(true);
    expect([page.url().includes(token), (await page.content()).includes(token)]).toEqual([false, false]);
    // A session that is not live answers a browser's questions with "not found", which it notes for itself.
    expect(complaints.filter((text) => !/404|WebSocket/.test(text))).toEqual([]);
  });
});
