// The network between processes in other tests does what it says.
import { createHash } from "node:crypto";
import { connect, createServer, type Socket } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { TcpProxy } from "./tcp-proxy.ts";

/** A server that sends back what it gets, behind a proxy. */
async function echoBehindProxy() {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => {});
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return TcpProxy.start(typeof address === "object" && address !== null ? address.port : 0);
}

async function client(proxy: TcpProxy) {
  const socket = connect({ port: proxy.port, host: "127.0.0.1" });
  onTestFinished(() => void socket.destroy());
  const received: Buffer[] = [];
  let isClosed = false;
  socket.on("data", (bytes) => received.push(bytes));
  socket.on("error", () => {});
  socket.on("close", () => {
    isClosed = true;
  });
  await new Promise<void>((resolve) => socket.once("connect", resolve));
  return { socket, text: () => Buffer.concat(received).toString(), isClosed: () => isClosed };
}

/** Resolves with the digest of all that comes until the other side ends. */
function digestOf(socket: Socket): Promise<string> {
  const hash = createHash("sha256");
  socket.on("data", (bytes) => hash.update(bytes));
  return new Promise((resolve) => socket.once("end", () => resolve(hash.digest("hex"))));
}

it("16 MB over a link with delay -> all of it, in order, and the end", async () => {
  const proxy = await echoBehindProxy();
  proxy.conditions = { delayMs: 20, bytesPerSecond: 200e6 };
  const { socket } = await client(proxy);
  const sent = Buffer.alloc(16e6);
  for (let at = 0; at < sent.length; at += 4) sent.writeUInt32LE(at, at);
  const digest = digestOf(socket);
  socket.end(sent);
  expect(await digest).toBe(createHash("sha256").update(sent).digest("hex"));
  await expect.poll(() => proxy.connectionCount).toBe(0);
});

it("it is paused -> nothing arrives, no connection ends; resumed -> what was held back arrives", async () => {
  const proxy = await echoBehindProxy();
  const first = await client(proxy);
  first.socket.write("a");
  await expect.poll(first.text).toBe("a");
  proxy.pause();
  first.socket.write("b");
  const second = await client(proxy);
  second.socket.end("c");
  await expect.poll(() => proxy.connectionCount).toBe(2);
  expect([first.text(), second.text(), first.isClosed(), second.isClosed()]).toEqual(["a", "", false, false]);
  proxy.resume();
  await expect.poll(first.text).toBe("ab");
  await expect.poll(second.text).toBe("c");
  await expect.poll(second.isClosed).toBe(true);
});

it("connections are broken -> closed on this side, and a new one works", async () => {
  const proxy = await echoBehindProxy();
  const first = await client(proxy);
  first.socket.write("a");
  await expect.poll(first.text).toBe("a");
  proxy.breakAll();
  await expect.poll(first.isClosed).toBe(true);
  const second = await client(proxy);
  second.socket.write("b");
  await expect.poll(second.text).toBe("b");
});
