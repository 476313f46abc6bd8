// Every file of the product has a test that names it: test/unit/<its path>.test.ts, or any test that imports it.
// What is tested only through another file, or not at all, is listed here and says so.
import { expect, it } from "vitest";
import { importsOf, isThere, productFiles, testFiles } from "./tree.ts";

/**
 * Files or folders (with a slash at the end) whose tests go through a door: the reason names the tests. A folder's
 * files may have tests of their own beside that.
 */
const throughADoor: Readonly<Record<string, string>> = {
  "node-agent/scene/gltf/": "read-gltf.test.ts and its neighbours read one small file for each feature and mistake",
  "coordinator/session-definition/": "read-definition.test.ts and its neighbours read whole definitions",
  "cli/settings/": "test/unit/cli/settings.test.ts reads whole command lines",
  "host/nats/": "test/integration/nats*.test.ts talk to a real server through what has no test of its own",
  "host/door/": "door.test.ts and http-server.test.ts open doors and send whole requests",
  "viewer/gl/": "test/browser/*.test.ts compare its pixels with the film's",
  "viewer/live/": "test/browser/*.test.ts look at real sessions, in a real browser",
  "viewer/ui/": "test/browser/*.test.ts look at the page in a real browser",
  "coordinator/placement/": "placement.test.ts: what fits where, and what is said when nothing does",
};

const wholeCommand = "test/integration/same-film.test.ts runs the whole command, also while its processes are killed";
const crew = "crew.test.ts takes its members through their lives";
const coordinator = "coordinator.test.ts and takeover.test.ts take coordinators through theirs";
const rehearsal = "rehearsal.test.ts plays whole sessions with it";
const farm = "test/integration/farm.test.ts starts whole farms and kills their processes";

/** Files of which no test speaks by name, with what shows that they work. Keep it short: a test is better. */
const withoutTheirOwn: Readonly<Record<string, string>> = {
  "cli/farm-command/main.ts": "test/integration/operations.test.ts runs every command of arras-farm",
  "cli/browser.ts": "test/browser/gui.test.ts opens pages with it",
  "cli/local-coordinator.ts": wholeCommand,
  "coordinator/lone-surroundings.ts": wholeCommand,
  "cli/local-page.ts": "test/browser/*.test.ts look at local farms",
  "cli/main.ts": wholeCommand,
  "cli/camera-path-companion.ts": "test/integration/camera-path.test.ts follows and records a path",
  "cli/camera-path-door.ts": "test/integration/camera-path.test.ts follows and records a path",
  "cli/open-companions.ts": "test/integration/tev.test.ts and its neighbours run whole commands",
  "cli/preview/open-preview.ts": "test/integration/tev.test.ts shows whole renders",
  "cli/preview/terminal/terminal-device.ts":
    "test/integration/terminal.test.ts shows whole renders in a pseudo-terminal",
  "cli/preview/terminal/terminal-keys.ts": "test/integration/terminal.test.ts shows whole renders in a pseudo-terminal",
  "cli/preview/tev-view.ts": "test/integration/tev.test.ts shows whole renders",
  "cli/render.ts": wholeCommand,
  "cli/bundle/submit-scene.ts": "test/integration/assets.test.ts runs the whole command",
  "coordinator/checkpoints/kept-checkpoints.ts": "session-checkpoints.test.ts writes, opens, archives and removes them",
  "coordinator/launcher.ts": wholeCommand,
  "coordinator/crew-member.ts": crew,
  "coordinator/crew-roster.ts": crew,
  "coordinator/crew-starts.ts": crew,
  "coordinator/node-watch.ts": coordinator,
  "coordinator/session-creation.ts": coordinator,
  "coordinator/session-entries.ts": coordinator,
  "node-agent/mcrt/main.ts": wholeCommand,
  "node-agent/scene/picked-message.ts": "mcrt.test.ts picks through it",
  "node-agent/mcrt/held-scene.ts": "mcrt.test.ts takes it from epoch to epoch",
  "node-agent/mcrt/debug-sample.ts": "test/integration/picture.test.ts prints a sample's path",
  "coordinator/main.ts": farm,
  "coordinator/rehearsal/played-client.ts": rehearsal,
  "coordinator/rehearsal/played-computation.ts": rehearsal,
  "coordinator/rehearsal/played-merger.ts": rehearsal,
  "coordinator/rehearsal/played-node.ts": rehearsal,
  "coordinator/rehearsal/rehearsed-session.ts": rehearsal,
  "cli/farm-command/image-table.ts": "images.test.ts prints its table, its page and its objects",
  "coordinator/images/visible-images.ts": "image-service.test.ts asks as several users, through both sides of a door",
  "coordinator/overview/visible.ts": "farm-service.test.ts lists what a caller may see",
  "coordinator/look-service.ts":
    "preview-relay.test.ts asks for previews through the same gRPC; live.test.ts at whole farms",
  "coordinator/viewer/motion-pictures.ts": "picture-routes.test.ts looks at moving pictures over HTTP",
  "coordinator/viewer/paced-response.ts": "picture-routes.test.ts has a client that takes nothing",
  "coordinator/viewer/viewer-event.ts": "live-frames.test.ts reads what it writes",
  "coordinator/viewer/viewer-errors.ts": "live.test.ts and picture-routes.test.ts meet them",
  "host/page-files.ts": "test/browser/*.test.ts open the built page",
  "coordinator/operations.ts": "test/integration/operations.test.ts looks at all of it from outside",
  "node-agent/main.ts": farm,
  "node-agent/renderers/identify-main.ts": farm,
  "host/grpc-channel.ts": "test/unit/host/door/tls-first.test.ts connects to names and addresses",
  "host/service-end.ts": farm,
  "host/service-options.ts": "coordinator-settings.test.ts and node-settings.test.ts read whole command lines",
  "host/service-values.ts": "coordinator-settings.test.ts and node-settings.test.ts read whole command lines",
  "merger/main.ts": "test/integration/merger.test.ts talks to a merge process",
  "viewer/main.tsx": "test/browser/*.test.ts open the page",
  "node-agent/computation-child.ts": "test/integration/launch.test.ts starts real processes with it",
  "node-agent/computation-starts.ts":
    "test/integration/launch.test.ts and prestart.test.ts start real processes with it",
  "node-agent/enclosures.ts": "test/integration/cgroup.test.ts, with real groups",
  "node-agent/prestart/prestarted.ts": "test/integration/prestart.test.ts keeps, takes and kills real processes",
  "node-agent/mcrt/wired-mcrt.ts": "rehearsal.test.ts plays its peers, and whole commands run it",
  "node-agent/launch.ts": "test/integration/launch.test.ts starts, limits and ends real processes",
};

const testPathOf = (path: string) => `test/unit/${path.replace(/\.tsx?$/, ".test.ts")}`;

function untested(): string[] {
  // Who imports only a type runs nothing of the file.
  const imports = testFiles()
    .flatMap(importsOf)
    .filter(({ typeOnly }) => !typeOnly);
  const imported = new Set(imports.map(({ target }) => target));
  return productFiles()
    .filter(({ text }) => /^(export )?(async )?(abstract )?(const|let|function|class)\b/m.test(text)) // not only types
    .map(({ path }) => path)
    .filter((path) => !isThere(testPathOf(path)) && !imported.has(path));
}

const doorOf = (path: string) => Object.keys(throughADoor).find((folder) => path.startsWith(folder));

it("a file has no test of its own -> refused, unless it is listed with a reason", () => {
  const faults = untested()
    .filter((path) => withoutTheirOwn[path] === undefined && doorOf(path) === undefined)
    .map((path) => `${path}: write ${testPathOf(path)}`);
  expect(faults, "Test it, or list it in test/tidy/tested.test.ts with what shows that it works").toEqual([]);
});

it("a file is listed without a test -> it is there", () => {
  const gone = Object.keys(withoutTheirOwn).filter((path) => !isThere(path));
  expect(gone, "Remove these from the list in test/tidy/tested.test.ts").toEqual([]);
  const present = new Set(untested());
  const tested = Object.keys(withoutTheirOwn).filter((path) => !present.has(path));
  if (tested.length > 0)
    process.stdout.write(`tidy: these have tests now and may leave the list: ${tested.join(", ")}\n`);
});

it("a folder is tested through a door -> it is there", () => {
  expect(Object.keys(throughADoor).filter((path) => !isThere(path))).toEqual([]);
});
