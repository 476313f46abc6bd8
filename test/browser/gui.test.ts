// --gui opens the page in the browser that the environment names, by a way that other users of the machine cannot read.
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { packageRoot } from "../../host/package-root.ts";
import { fakeArgs, RunningCommand, testFolder } from "../integration/run-command.ts";
import { chromiumPresent, openPage, said, startBrowser } from "./open-page.ts";

const small = ["--size", "64x64", "--spp", "1", "--gui", "--num-mcrt", "1"];

describe("arras-render --gui", () => {
  it.skipIf(!chromiumPresent())("there is a browser -> it shows the page; its address is in no argument", async () => {
    const says = join(await testFolder(), "asked.json");
    const browserPath = join(packageRoot(), "test/fixtures/browser.mjs");
    const environment = { BROWSER: browserPath, FIXTURE_BROWSER_SAYS: says };
    const command = new RunningCommand(fakeArgs({}, ...small), { environment });
    await expect.poll(() => existsSync(says)).toBe(true);
    const asked = JSON.parse(readFileSync(says, "utf8")) as string[];
    expect(asked).toHaveLength(1);
    const [way = ""] = asked;
    expect(way).toMatch(/^file:.*look\.html$/);
    expect(statSync(fileURLToPath(way)).mode & 0o077).toBe(0);
    const { page } = await openPage(await startBrowser(), way);
    await said(page.locator("header dl"), /finished/);
    expect(page.url()).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/sessions\//);
    await command.said(/the page stays until Ctrl-C/);
    command.signal("SIGINT");
    expect((await command.finished).exitCode).toBe(0);
    expect(existsSync(fileURLToPath(way))).toBe(false);
  });

  it("the browser cannot be started -> that is said, with the address, and the frame is rendered", async () => {
    const environment = { BROWSER: "/nowhere/browser" };
    const command = new RunningCommand(fakeArgs({}, ...small), { environment });
    await command.said(/Look at it: http\S+\n/);
    await command.said(/\/nowhere\/browser does not open the page \(.*ENOENT.*\); open the address above/);
    await command.said(/the page stays until Ctrl-C/);
    command.signal("SIGINT");
    expect((await command.finished).exitCode).toBe(0);
  });
});
