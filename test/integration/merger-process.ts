// Starts a real merge computation from the built sources and talks to it as computations and coordinators do.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { create } from "@bufbuild/protobuf";
import { GrpcClient } from "../../host/grpc-client.ts";
import { type ObjectStorePlace, objectStorePlaceToText } from "../../host/nats/object-store-place.ts";
import { computationNodeFlags } from "../../host/node-flags.ts";
import { packageRoot } from "../../host/package-root.ts";
import { FilmService } from "../../proto/gen/arras/v1/film_pb.ts";
import { ComputationKind, LaunchOrderSchema } from "../../proto/gen/arras/v1/node_pb.ts";
import { announcementFromLine, launchOrderToLine } from "../../proto/launch-order.ts";

export const sessionId = "session-of-the-test";
export const token = "token-of-the-test";

export interface MergerProcess {
  readonly address: string;
  readonly process: ChildProcess;
  client(): GrpcClient;
  /** Closes its standard input; resolves with its exit code. */
  stop(): Promise<number | null>;
}

/** `main`: another process that serves FilmService, for comparison. */
export async function startMerger(
  listen: "unix" | "loopback" = "unix",
  main = "dist/merger/main.js",
  objectStore?: ObjectStorePlace,
): Promise<MergerProcess> {
  const folder = await mkdtemp(join(tmpdir(), "arras-test-"));
  const child = spawn(process.execPath, [...computationNodeFlags, join(packageRoot(), main)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const order = create(LaunchOrderSchema, {
    sessionId,
    token,
    computation: "merge",
    attempt: 1,
    kind: ComputationKind.MERGE,
    listenAddress: listen === "unix" ? `unix:${join(folder, "merge.sock")}` : "127.0.0.1:0",
    nodeId: "node-of-the-test",
    logLevel: 1,
    objectStore: objectStore === undefined ? "" : objectStorePlaceToText(objectStore),
  });
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  child.stdin.write(launchOrderToLine(order));
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", resolve);
    child.once("exit", (code) => reject(new Error(`the merger ended with ${code} before it announced itself`)));
  });
  const { address } = announcementFromLine(line);
  const clients: GrpcClient[] = [];
  return {
    address,
    process: child,
    client: () => {
      const client = new GrpcClient({ address, service: FilmService, peer: "the merger" });
      clients.push(client);
      return client;
    },
    stop: async () => {
      for (const client of clients) client.close();
      child.stdin.end();
      const code = await exited;
      await rm(folder, { recursive: true, force: true });
      return code;
    },
  };
}
