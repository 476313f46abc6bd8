// An agent and whatever may come over the bus: it starts its own two programs, as its configuration says, and nothing else.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { systemClock } from "../../host/clock.ts";
import { InMemoryBus } from "../../host/in-memory-bus.ts";
import { NodeAgent } from "../../node-agent/agent.ts";
import { readCapabilities, readLoad } from "../../node-agent/capabilities.ts";
import { readResidentSet } from "../../node-agent/resident-set.ts";
import { environmentNameMistake } from "../../proto/environment-names.ts";
import {
  ComputationKind,
  type LaunchOrderSchema,
  LaunchReplySchema,
  LaunchRequestSchema,
} from "../../proto/gen/arras/v1/node_pb.ts";
import { subjects } from "../../proto/subjects.ts";
import { silentLog } from "../fakes/silent-log.ts";

const recorder = fileURLToPath(new URL("../fixtures/recorder.mjs", import.meta.url));
const own = { PATH: "/usr/bin:/bin", HOME: "/home/farm", ARRAS_TEST: "1", ARRAS_TOKEN: "hush", AWS_KEY: "hush" };

interface Started {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly order: {
    readonly listenAddress?: string;
    readonly renderers: readonly string[];
    readonly kind: string;
    readonly tlsCertPem?: string;
    readonly tlsKeyPem?: string;
  };
}

/** A node of a farm, whose programs write down how they were started. */
function startAgent() {
  const folder = mkdtempSync(join(tmpdir(), "arras-trust-"));
  const bus = new InMemoryBus();
  const entry = (name: string) => ({ command: process.execPath, args: [recorder, folder, name] });
  const agent = new NodeAgent(
    {
      nodeId: "n1",
      capabilities: { ...readCapabilities(), memoryBytes: 2 ** 40 },
      coresShared: false,
      renderers: ["fake"],
      tags: [],
      startedAtMs: 0,
      hostAddress: "127.0.0.1",
      objectStore: "the node's own",
      entries: { mcrt: entry("mcrt"), merge: entry("merge") },
      environment: own,
      memoryEnforcement: "watchdog",
    },
    { bus, clock: systemClock, log: silentLog, readMemory: readResidentSet, readLoad },
  );
  agent.start();
  onTestFinished(async () => {
    await agent.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const launch = async (bytes: Uint8Array) =>
    fromBinary(LaunchReplySchema, await bus.request(subjects.launch("n1"), bytes, 60_000));
  /** What was started since the last look. */
  const started = (): Started[] =>
    readdirSync(folder).map((name) => {
      const text = readFileSync(join(folder, name), "utf8");
      rmSync(join(folder, name));
      return JSON.parse(text);
    });
  return { launch, started, folder };
}

const order = {
  sessionId: "s",
  computation: "mcrt_i0",
  attempt: 1,
  kind: ComputationKind.MCRT,
  token: "t",
  threadCount: 1,
  coordinatorAddress: "unix:/nowhere",
  nodeId: "n1",
} as const satisfies MessageInitShape<typeof LaunchOrderSchema>;

const evil = [
  "; touch /tmp/owned",
  "$(touch /tmp/owned)",
  "`id`",
  "| sh",
  "&& sh",
  "\n/bin/sh\n",
  "../../bin/sh",
  "/bin/sh",
  "--eval=process.exit(9)",
  "--require=/tmp/evil.js",
  "\0",
  "a\0b",
  "%s%n",
  "x".repeat(10_000),
  "unix:/etc/passwd",
  "unix:relative",
  "127.0.0.1:99999999",
  "__proto__",
  "constructor",
  "",
];
const text = fc.oneof(fc.constantFrom(...evil), fc.string());
const variableName = fc.oneof(
  fc.constantFrom("LD_PRELOAD", "NODE_OPTIONS", "PATH", "BASH_ENV", "OCIO", "__proto__", "A=B", "ARRAS_TOKEN"),
  text,
);
const fields = {
  sessionId: text,
  computation: text,
  token: text,
  coordinatorAddress: text,
  coordinatorCaPem: text,
  listenAddress: text,
  objectStore: text,
  tlsCertPem: text,
  tlsKeyPem: text,
  renderers: fc.array(text, { maxLength: 3 }),
  kind: fc.constantFrom(0, 1, 2, 3, 99),
  attempt: fc.nat(3),
  threadCount: fc.nat(2_000),
  nodeId: text,
  logLevel: fc.nat(99),
};
const names = Object.keys(fields) as (keyof typeof fields)[];
/** At most two fields of a sound order are another's wish, so that many requests pass; and variables beside. */
const wishes = fc.record({
  order: fc
    .subarray(names, { maxLength: 2 })
    .chain((wished) => fc.record(Object.fromEntries(wished.map((name) => [name, fields[name]])))),
  environment: fc.dictionary(variableName, text, { maxKeys: 1 }),
  kind: fc.constantFrom(ComputationKind.MCRT, ComputationKind.MERGE),
  memoryLimitBytes: fc.oneof(
    { weight: 9, arbitrary: fc.constant(2n ** 29n) },
    { weight: 1, arbitrary: fc.bigInt(0n, 2n ** 64n - 1n) },
  ),
});

describe("whatever asks an agent to launch", () => {
  it("any request -> one of its own two programs with its own arguments and terms, or a refusal and no process", async () => {
    const { launch, started } = startAgent();
    const inherited = new Set(["PATH", "HOME", "ARRAS_TEST", "UV_THREADPOOL_SIZE"]);
    let count = 0;
    let startedCount = 0;
    await fc.assert(
      fc.asyncProperty(wishes, async ({ kind, ...wish }) => {
        count += 1;
        const request = create(LaunchRequestSchema, {
          ...wish,
          // A name of its own each time: the same attempt of the same computation is not started again.
          order: { ...order, kind, sessionId: `s${count}`, ...wish.order } as MessageInitShape<
            typeof LaunchOrderSchema
          >,
        });
        const reply = await launch(toBinary(LaunchRequestSchema, request));
        const processes = started();
        expect(processes.length).toBe(reply.error === undefined ? 1 : 0);
        startedCount += processes.length;
        for (const { argv, environment, cwd, order: given } of processes) {
          const isMerger = request.order?.kind === ComputationKind.MERGE;
          expect([argv[1], argv.length, cwd]).toEqual([isMerger ? "merge" : "mcrt", 2, process.cwd()]);
          expect(given.renderers).toEqual(["fake"]);
          // This node has none.
          expect([given.tlsCertPem ?? "", given.tlsKeyPem ?? ""]).toEqual(["", ""]);
          expect(given.listenAddress ?? "").toBe(isMerger ? "127.0.0.1:0" : (request.order?.listenAddress ?? ""));
          expect(JSON.stringify(given)).toContain(isMerger ? "the node's own" : "");
          for (const [name, value] of Object.entries(environment)) {
            if (inherited.has(name)) continue;
            expect(environmentNameMistake(name)).toBeUndefined();
            expect(value).toBe(wish.environment[name]);
          }
          expect(JSON.stringify(environment)).not.toContain("hush");
          expect(environment.PATH).toBe(own.PATH);
        }
      }),
      { numRuns: 100 },
    );
    // A test of refusals alone would show nothing.
    expect(startedCount).toBeGreaterThan(20);
  });

  it("any bytes -> an answer, and no process", async () => {
    const { launch, started } = startAgent();
    const sound = toBinary(LaunchRequestSchema, create(LaunchRequestSchema, { order, memoryLimitBytes: 2n ** 29n }));
    const broken = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.tuple(fc.nat(sound.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, change]) => {
        const bytes = Uint8Array.from(sound);
        bytes[at] = (bytes[at] ?? 0) ^ change;
        // Whatever it says now, it is for another node.
        return new Uint8Array([
          ...bytes,
          ...toBinary(LaunchRequestSchema, create(LaunchRequestSchema, { order: { nodeId: "n2" } })),
        ]);
      }),
    );
    await fc.assert(
      fc.asyncProperty(broken, async (bytes) => {
        expect((await launch(bytes)).error).toBeDefined();
        expect(started()).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it("a merger's order that names a file as its socket -> the file stays, the node's own address is taken", async () => {
    const { launch, started, folder } = startAgent();
    const precious = join(folder, "precious");
    writeFileSync(precious, "{}");
    const listenAddress = `unix:${precious}`;
    const merge = { ...order, kind: ComputationKind.MERGE, computation: "merge", listenAddress };
    const request = create(LaunchRequestSchema, { order: merge, memoryLimitBytes: 2n ** 29n });
    expect((await launch(toBinary(LaunchRequestSchema, request))).error).toBeUndefined();
    expect(readFileSync(precious, "utf8")).toBe("{}");
    rmSync(precious);
    expect(started().map(({ order: given }) => given.listenAddress)).toEqual(["127.0.0.1:0"]);
  });
});
