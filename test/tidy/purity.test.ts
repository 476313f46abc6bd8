// Deciding files have no clock, no randomness, no I/O: then one sequence of events has one outcome, and a test needs
// neither to wait nor to pretend. Every file of the product decides unless it is listed here with what it does.
import { expect, it } from "vitest";
import { importsOf, isThere, productFiles, withoutComments } from "./tree.ts";

/** Files that wire, perform or adapt one outside thing. Everything under host/ does, by its purpose. */
const performing: Readonly<Record<string, string>> = {
  "cli/benchmark-render.ts": "makes the request's id",
  "cli/browser.ts": "starts a program, writes a file",
  "cli/bundle/asset-client.ts": "speaks gRPC",
  "cli/bundle/bundle-scene.ts": "reads files",
  "cli/bundle/submit-scene.ts": "waits, and tells the time",
  "cli/bundle/upload-bundle.ts": "uploads several files at once",
  "cli/edits-files.ts": "reads and writes files",
  "cli/camera-path-companion.ts": "reads and writes files",
  "cli/camera-path-door.ts": "speaks gRPC",
  "cli/farm-command/farm-client.ts": "speaks gRPC",
  "cli/farm-command/image-client.ts": "speaks gRPC",
  "cli/farm-command/farm-settings.ts":
    "hands options to host/access-settings.ts, which is pure but for hiding a secret",
  "cli/settings/access.ts": "the same",
  "cli/farm-command/main.ts": "wires the farm's command",
  "cli/input-check.ts": "looks whether files are there",
  "cli/local-page.ts": "makes a token, opens a port",
  "cli/local-coordinator.ts": "wires its coordinator",
  "cli/local.ts": "wires a farm in this process",
  "cli/main.ts": "wires the command",
  "cli/output-file.ts": "writes files",
  "cli/preview/open-preview.ts": "wires what shows a render",
  "cli/preview/preview-door.ts": "speaks gRPC",
  "cli/preview/preview-link.ts": "unpacks tiles beside this thread",
  "cli/preview/tev-view.ts": "speaks to tev",
  "cli/preview/terminal/terminal-device.ts": "writes to the terminal",
  "cli/preview/terminal/terminal-keys.ts": "reads from the terminal",
  "cli/preview/terminal/kitty-graphics.ts": "compresses with node:zlib; what it returns depends on its arguments alone",
  "cli/render.ts": "makes the request's id, waits",
  "cli/session-client.ts": "speaks gRPC",
  "coordinator/asset-service.ts": "serves gRPC",
  "coordinator/budget-service.ts": "serves gRPC",
  "coordinator/checkpoints/file-archive.ts": "keeps files",
  "coordinator/checkpoints/local-checkpoints.ts": "keeps checkpoints in a folder",
  "coordinator/coordinator-settings.ts": "splits a command line",
  "coordinator/images/image-service.ts": "serves gRPC",
  "coordinator/images/visible-images.ts": "asks the door's rules; what it returns depends on its arguments alone",
  "coordinator/overview/farm-service.ts": "serves gRPC",
  "coordinator/main.ts": "wires the coordinator",
  "coordinator/merger-link.ts": "speaks gRPC",
  "coordinator/ownership.ts": "holds leases",
  "coordinator/operations.ts": "wires what operators look at",
  "coordinator/rehearsal/played-client.ts": "speaks gRPC and WebSocket",
  "coordinator/rehearsal/played-computation.ts": "speaks gRPC",
  "coordinator/rehearsal/played-merger.ts": "serves gRPC",
  "coordinator/rehearsal/played-node.ts": "tells its heartbeat each second",
  "coordinator/rehearsal/rehearsal.ts": "plays a coordinator's peers, over sockets",
  "coordinator/lone-surroundings.ts": "clock, ids and stores of a coordinator of its own",
  "coordinator/relay/peer-doors.ts": "speaks gRPC",
  "coordinator/relay/preview-relay.ts": "hands on gRPC streams",
  "coordinator/relay/session-relay.ts": "speaks gRPC",
  "coordinator/session-definition/load-definition.ts": "reads files",
  "coordinator/look-service.ts": "serves gRPC",
  "coordinator/session-service.ts": "serves gRPC",
  "coordinator/tracing/otlp-tracer.ts": "speaks OTLP",
  "coordinator/overview/visible.ts": "asks the door's rules; what it returns depends on its arguments alone",
  "coordinator/viewer/http-relay.ts": "speaks HTTP",
  "coordinator/viewer/live-socket.ts": "speaks WebSocket",
  "coordinator/viewer/page-routes.ts": "serves HTTP",
  "coordinator/viewer/viewer-routes.ts": "serves HTTP",
  "merger/checkpoint/checkpoints.ts": "gives way to other work between the tiles of a checkpoint",
  "merger/checkpoint/frame.ts": "takes a checksum from node:zlib; what it returns depends on the bytes alone",
  "merger/denoise/oidn-command.ts": "runs the denoiser, with files",
  "merger/film-addon.ts": "loads the native addon",
  "merger/film-hash.ts": "gives way to other work between slices of a hash; what it returns depends on the film alone",
  "merger/film-service.ts": "serves gRPC",
  "merger/image-encoder.ts": "encodes in temporary files",
  "merger/main.ts": "wires the merge process",
  "merger/rehearsal.ts": "plays a merger's peers, over a socket",
  "merger/served-film.ts": "serves gRPC",
  "merger/preview/preview-service.ts": "serves gRPC",
  "node-agent/bounded-command.ts": "runs programs",
  "node-agent/assets/bundle-cache.ts": "keeps fetched scenes in folders",
  "node-agent/assets/bundle-marks.ts": "reads and writes files",
  "node-agent/assets/holders.ts": "reads and writes files",
  "node-agent/assets/object-folder.ts": "reads and writes files",
  "node-agent/assets/unpack-bundle.ts": "links and writes files",
  "node-agent/capabilities.ts": "asks the operating system",
  "node-agent/cgroup/system-group-host.ts": "reads and writes cgroupfs",
  "node-agent/computation-child.ts": "starts processes",
  "node-agent/node-settings.ts": "splits a command line",
  "node-agent/main.ts": "wires the node agent",
  "node-agent/merger-identity.ts": "reads files",
  "node-agent/mcrt/budget-link.ts": "speaks gRPC",
  "node-agent/mcrt/faulty-sink.ts": "delays, for tests",
  "node-agent/mcrt/film-link.ts": "speaks gRPC",
  "node-agent/mcrt/main.ts": "wires the mcrt process",
  "node-agent/mcrt/rehearsal.ts": "plays an mcrt's peers, over a socket",
  "node-agent/mcrt/wired-mcrt.ts": "wires an mcrt",
  "node-agent/mcrt/held-scene.ts": "measures how long its scene takes",
  "node-agent/mcrt/unit-sums.ts": "computes SHA-256 with Node's own code",
  "node-agent/mcrt/unit-rendering.ts": "measures how long a unit waits for the merger",
  "node-agent/renderers/embree/embree-addon.ts": "loads the native addon",
  "node-agent/renderers/fake/fake-renderer.ts": "takes the time it is told to take",
  "node-agent/renderers/identify-main.ts": "wires the process that asks renderers what they are",
  "node-agent/resident-set.ts": "reads /proc",
  "node-agent/scene/environment/read-environment.ts": "reads files",
  "node-agent/scene/gltf/draco.ts": "loads a decoder that is no ES module",
  "node-agent/scene/gltf/tangents.ts": "loads what makes tangents only when it is needed",
  "node-agent/scene/read-bytes.ts": "reads files",
  "viewer/live/farm-lists.ts": "asks the coordinator every two seconds",
  "viewer/live/kept-shelf.ts": "asks the coordinator until the images are there",
  "viewer/live/pilot.ts": "flies with the browser's pictures",
  "viewer/live/prober.ts": "pauses between two questions",
  "viewer/live/scene-desk.ts": "sends edits with the browser's pictures, makes a name for who has none",
  "viewer/live/session-link.ts": "holds a WebSocket and opens it again",
  "viewer/vite.config.ts": "names folders for vite",
};

const banned: readonly { readonly pattern: RegExp; readonly instead: string }[] = [
  { pattern: /\bDate\.now\b|\bnew Date\(\)|\bperformance\./, instead: "take the time as an argument (nowMs)" },
  {
    pattern: /\bset(?:Timeout|Interval|Immediate)\b|\bqueueMicrotask\b/,
    instead: "return when to be called again, or take a Clock",
  },
  { pattern: /\bMath\.random\b|\brandomUUID\b|\brandomBytes\b/, instead: "take ids and seeds as arguments" },
  {
    // Not kill or pid: a child process, which is no business of this rule, has them too.
    pattern: /\bprocess\.(?:env|exit\(|argv|hrtime|memoryUsage|std(?:in|out|err)|platform|cwd|nextTick)/,
    instead: "let main.ts read it and pass it down",
  },
];

/** Only strings in, strings out. */
const pureNodeModules = ["node:path", "node:util"];

function impurities(path: string, text: string): string[] {
  const code = withoutComments(text);
  const calls = banned.flatMap(({ pattern, instead }) => {
    const found = pattern.exec(code)?.[0];
    return found === undefined ? [] : [`${path} uses ${found}: ${instead}`];
  });
  const imports = importsOf({ path, text }).flatMap(({ target, isRelative, typeOnly }) => {
    if (typeOnly) return [];
    if (target.startsWith("node:") && !pureNodeModules.includes(target))
      return [`${path} imports ${target}: take what it gives as an argument`];
    if (isRelative && target.startsWith("host/"))
      return [`${path} imports ${target}: import its type only, and take the thing as an argument`];
    return [];
  });
  return [...calls, ...imports];
}

const candidates = () => productFiles().filter(({ path }) => !path.startsWith("host/"));

it("a deciding file uses clock, randomness, I/O or the process -> refused", () => {
  const faults = candidates()
    .filter(({ path }) => performing[path] === undefined)
    .flatMap(({ path, text }) => impurities(path, text));
  expect(faults, "Or, if the file performs: list it in test/tidy/purity.test.ts with what it does").toEqual([]);
});

it("a file is listed as performing -> it is there and does", () => {
  const files = new Map(candidates().map((file) => [file.path, file]));
  const idle = Object.keys(performing).filter((path) => {
    const file = files.get(path);
    return file === undefined || impurities(file.path, file.text).length === 0;
  });
  expect(idle, "Remove these from the list in test/tidy/purity.test.ts: they are gone, or pure").toEqual([]);
  expect(Object.keys(performing).every((path) => !path.startsWith("proto/") && isThere(path))).toBe(true);
});

it("a clock is read in a comment or a string of another name -> is no fault", () => {
  expect(impurities("cli/x.ts", "// Date.now is banned\nconst nowMs = 1; /* setTimeout */")).toEqual([]);
  expect(
    impurities("cli/x.ts", 'import { join } from "node:path";\nimport type { Log } from "../host/log.ts";'),
  ).toEqual([]);
  expect(impurities("cli/x.ts", "const t = Date.now();")).toHaveLength(1);
  expect(impurities("cli/x.ts", 'import { readFile } from "node:fs/promises";')).toHaveLength(1);
});
