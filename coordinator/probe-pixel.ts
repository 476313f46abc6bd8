// A pixel of a session in numbers and by name: the film says what it holds, the object's name comes from the film's ids,
// or from a computation that renders. Pure but for whom it asks.
import { create } from "@bufbuild/protobuf";
import type { FilmPixel } from "../proto/gen/arras/v1/film_pb.ts";
import { type PickReply, type ProbeReply, ProbeReplySchema } from "../proto/gen/arras/v1/look_pb.ts";

/** What it needs of its session. */
export interface ProbedSession {
  readPixel(x: number, y: number): Promise<FilmPixel>;
  pick(x: number, y: number): Promise<PickReply>;
  /** By id, the first has 1; undefined: not known. */
  objectName(id: number): string | undefined;
}

/** Rejects as the film's answer does; an object that nobody knows is no error. */
export async function probePixel(session: ProbedSession, x: number, y: number): Promise<ProbeReply> {
  const film = await session.readPixel(x, y);
  const object = objectByFilm(session, film) ?? (await objectByScene(session, film, x, y));
  return create(ProbeReplySchema, { film, ...(object === undefined ? {} : { isObjectKnown: true, object }) });
}

function objectByFilm(session: ProbedSession, { sampleCount, outputs }: FilmPixel): string | undefined {
  const id = outputs.find(({ output }) => output === "id")?.values[0];
  if (id === undefined || sampleCount === 0) return undefined;
  return id === 0 ? "" : session.objectName(id);
}

async function objectByScene(
  session: ProbedSession,
  { epoch }: FilmPixel,
  x: number,
  y: number,
): Promise<string | undefined> {
  try {
    const picked = await session.pick(x, y);
    // Another scene's object is not what the film shows.
    if (picked.epoch !== epoch) return undefined;
    return picked.isHit ? picked.object : "";
  } catch {
    return undefined;
  }
}
