// A farm whose nodes have certificates: samples and pictures come to the merger through TLS, and nobody comes without.
import { readFileSync } from "node:fs";
import { connect } from "node:tls";
import { create } from "@bufbuild/protobuf";
import { describe, expect, it, onTestFinished } from "vitest";
import { mergerClient } from "../../host/merger-client.ts";
import { ReceiptRequestSchema } from "../../proto/gen/arras/v1/film_pb.ts";
import { parseHostPort } from "../../proto/host-port.ts";
import { opensslPresent, TestAuthority } from "../fakes/certificates.ts";
import { hasNodes, startCoordinator, startNats, startNode } from "./farm-parts.ts";
import { natsServerPresent } from "./nats-server.ts";
import { beginSlowFrame, undisturbedFilm } from "./run-command.ts";

const present = natsServerPresent() && opensslPresent;
const authority = present ? new TestAuthority("farm") : (undefined as never);
const picture = ["--size", "128x96", "--spp", "64", "--num-mcrt", "2", "--num-cores", "1"];

describe.skipIf(!present)("mergers of nodes with a certificate", () => {
  it("a frame, whose owner is killed in the middle -> the same film; the merger speaks TLS alone", async () => {
    const nats = await startNats();
    const door = authority.identity("door");
    const args = ["--tls-cert", door.cert, "--tls-key", door.key, "--tls-ca", authority.ca];
    const coordinators = [await startCoordinator(nats, { args }), await startCoordinator(nats, { args })];
    const { cert, key } = authority.identity("node");
    const node = startNode(nats, ["--renderer", "fake", "-l", "4", "--tls-cert", cert, "--tls-key", key]);
    for (const { process } of coordinators) await hasNodes(process, 1);
    const hosts = ["--host", coordinators.map(({ port }) => `localhost:${port}`).join(","), "--ca", authority.ca];
    const { command, hurry } = await beginSlowFrame([...picture, ...hosts]);
    const [, address = ""] = await node.said(/"address":"tls:(127\.0\.0\.1:\d+)"[^\n]*"msg":"merger serves"/);
    const socket = connect({ ...parseHostPort(address), ca: readFileSync(authority.ca) });
    onTestFinished(() => void socket.destroy());
    await new Promise((resolve, reject) => socket.once("secureConnect", resolve).once("error", reject));
    expect(socket.getPeerCertificate().subject.CN).toBe("node");
    const plain = mergerClient(address, "");
    onTestFinished(() => plain.close());
    await expect(plain.unary("readReceipt", create(ReceiptRequestSchema), 2_000)).rejects.toThrow();
    coordinators[0]?.process.signal("SIGKILL");
    await coordinators[1]?.process.said(/taking a session over/);
    hurry();
    const { exitCode, json } = await command.finished;
    expect({ exitCode, hash: json.filmSha256 }).toEqual({ exitCode: 0, hash: await undisturbedFilm(...picture) });
    expect(json.computations.map(({ restarts }) => restarts)).toEqual([0, 0]);
  });
});
