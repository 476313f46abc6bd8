// Finished images through both sides of a door that asks for a login: who sees them, and what is served.
import { create } from "@bufbuild/protobuf";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ImageClient } from "../../../../cli/farm-command/image-client.ts";
import { imageRoutes } from "../../../../coordinator/images/image-routes.ts";
import { imageService } from "../../../../coordinator/images/image-service.ts";
import { systemClock } from "../../../../host/clock.ts";
import { type Door, openDoor } from "../../../../host/door/door.ts";
import { GrpcClient } from "../../../../host/grpc-client.ts";
import {
  ImageService,
  type ListImagesReply,
  ListImagesRequestSchema,
} from "../../../../proto/gen/arras/v1/images_pb.ts";
import { limits } from "../../../../proto/limits.ts";
import { collected, digestOf, noise } from "../../../contract/object-store.contract.ts";
import { accessOf, tokenEntry, tokenOf } from "../../../fakes/door-users.ts";
import { type ImageStage, imageStage, keptImagesOf } from "../../../fakes/image-shelves.ts";
import { silentLog } from "../../../fakes/silent-log.ts";

const film = noise(600_000);
const [annsId, bobsId] = ["aaaa-1", "bbbb-1"];

let stage: ImageStage;
let door: Door;
let clients: { close(): void }[];

beforeEach(async () => {
  clients = [];
  stage = imageStage({ sessionsMax: 200 });
  const digest = digestOf(film);
  stage.objects.objects.set(digest, film);
  const images = [{ name: "film.exr", digest, sizeBytes: BigInt(film.length), contentType: "image/x-exr" }];
  await stage.shelf.keep(keptImagesOf(annsId, { user: "ann", images }));
  await stage.shelf.keep(keptImagesOf(bobsId, { user: "bob", savedAtMs: 999_999n, images }));
  door = await openDoor({
    address: "127.0.0.1:0",
    services: [imageService(stage.shelf)],
    http: { routes: imageRoutes(stage.shelf, systemClock), upgrades: [] },
    login: { tokens: [tokenEntry("ann", "watch"), tokenEntry("ops", "operate")] },
    clock: systemClock,
    log: silentLog,
  });
});
afterEach(async () => {
  for (const client of clients) client.close();
  await door.close();
});

function clientOf(user: string): ImageClient {
  const client = new ImageClient({ address: door.address, access: accessOf(user) });
  clients.push(client);
  return client;
}

function get(path: string, { user = "ann", method = "GET" } = {}): Promise<Response> {
  return fetch(`http://${door.address}/sessions/${path}`, {
    method,
    headers: { authorization: `Bearer ${tokenOf(user)}` },
  });
}

const idsFor = async (user: string) => (await clientOf(user).list()).map(({ sessionId }) => sessionId);

it("a list -> one's own, and an operator's is everybody's", async () => {
  expect(await idsFor("ann")).toEqual([annsId]);
  expect(await idsFor("ops")).toEqual([annsId, bobsId]);
  await expect(idsFor("nobody")).rejects.toMatchObject({ code: "unauthenticated" });
});

it("the list of one session -> it, or nothing where there is none or it is another's", async () => {
  const access = accessOf("ann");
  const raw = new GrpcClient({ address: door.address, service: ImageService, peer: "the door", access });
  clients.push(raw);
  const countOf = async (sessionId: string) => {
    const request = create(ListImagesRequestSchema, { sessionId });
    return (await raw.unary<typeof request, ListImagesReply>("listImages", request, 60_000)).sessions.length;
  };
  expect([await countOf(annsId), await countOf(bobsId), await countOf("none")]).toEqual([1, 0, 0]);
});

it("a file -> its bytes, by gRPC and by HTTP; the head alone reads nothing", async () => {
  expect((await collected(clientOf("ann").fetch(annsId, "film.exr"))).equals(film)).toBe(true);
  const response = await get(`${annsId}/images/film.exr`);
  expect(Buffer.from(await response.arrayBuffer()).equals(film)).toBe(true);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    "content-type": "image/x-exr",
    "content-length": String(film.length),
    "content-disposition": 'inline; filename="scene-aaaa-1-film.exr"',
  });
  const readCount = stage.objects.gets.length;
  expect((await get(`${annsId}/images/film.exr`, { method: "HEAD" })).status).toBe(200);
  expect(stage.objects.gets).toHaveLength(readCount);
});

it("what is kept, by HTTP -> JSON of the message", async () => {
  const response = await get(`${annsId}/images`);
  expect([response.status, await response.json()]).toMatchObject([
    200,
    { sessionId: annsId, scene: "scene.gltf", images: [{ name: "film.exr", digest: digestOf(film) }] },
  ]);
});

it("what is kept, as the page asks -> one's own sessions, or the one that is named; an empty list is no fault", async () => {
  const idsAt = async (query: string, user = "ann") => {
    const headers = { authorization: `Bearer ${tokenOf(user)}` };
    const response = await fetch(`http://${door.address}/api/images${query}`, { headers });
    expect(response.status).toBe(200);
    return ((await response.json()) as { sessionId: string }[]).map(({ sessionId }) => sessionId);
  };
  expect(await idsAt("")).toEqual([annsId]);
  expect(await idsAt("", "ops")).toEqual([annsId, bobsId]);
  expect([await idsAt(`?session=${annsId}`), await idsAt(`?session=${bobsId}`), await idsAt("?session=none")]).toEqual([
    [annsId],
    [],
    [],
  ]);
});

it("more sessions than the page lists -> the newest of them", async () => {
  for (let index = 0; index <= limits.imagesToldMax; index += 1)
    await stage.shelf.keep(keptImagesOf(`many-${index}`, { user: "ann", savedAtMs: BigInt(1_000_001 + index) }));
  const headers = { authorization: `Bearer ${tokenOf("ann")}` };
  const rows = (await (await fetch(`http://${door.address}/api/images`, { headers })).json()) as {
    sessionId: string;
  }[];
  expect([rows.length, rows[0]?.sessionId]).toEqual([limits.imagesToldMax, `many-${limits.imagesToldMax}`]);
});

it("another's session, one that is not there, a name that is not there -> not found", async () => {
  for (const path of [`${bobsId}/images`, `${bobsId}/images/film.exr`, "none/images", `${annsId}/images/picture.png`])
    expect((await get(path)).status).toBe(404);
  const client = clientOf("ann");
  await expect(collected(client.fetch(bobsId, "film.exr"))).rejects.toMatchObject({ code: "session-missing" });
  await expect(collected(client.fetch(annsId, "picture.png"))).rejects.toMatchObject({
    code: "object-missing",
    action: "There is film.exr.",
  });
});

it("the store's bytes are not the file's -> nobody takes them for it", async () => {
  const spoilt = Buffer.from(film);
  spoilt[5] = 255 - (spoilt[5] ?? 0);
  stage.objects.objects.set(digestOf(film), spoilt);
  await expect(collected(clientOf("ann").fetch(annsId, "film.exr"))).rejects.toMatchObject({ code: "object-broken" });
  // Cut off before its last piece.
  await expect(get(`${annsId}/images/film.exr`).then((response) => response.arrayBuffer())).rejects.toThrow();
});
