import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { canonicalChunks } from "../../../merger/canonical-film.ts";
import { Film } from "../../../merger/film.ts";
import { filmSha256 } from "../../../merger/film-hash.ts";
import type { FilmPlanes } from "../../../merger/film-planes.ts";
import { contributionOf, filmSpecOf } from "./analytic-samples.ts";

const spec = filmSpecOf();

function filledFilm(fields = {}): Film {
  const film = new Film(filmSpecOf(fields));
  film.add(contributionOf(film.spec, { x0: 0, y0: 0, x1: 16, y1: 16 }, 0, 3));
  return film;
}

/** The documented form, written down once more without any of the code under test. */
function bytesByHand(film: FilmPlanes): Buffer {
  const { widthPx, heightPx, cropWindow: c, outputs, maxSpp } = film.spec;
  const header = JSON.stringify(["arras-film-1", widthPx, heightPx, [c.x0, c.y0, c.x1, c.y1], outputs, maxSpp]);
  const parts = [Buffer.from(`${header}\n`)];
  for (const plane of [film.counts, ...film.planes]) {
    const bytes = Buffer.alloc(plane.byteLength);
    plane.forEach((value, at) => {
      if (plane instanceof Uint32Array) bytes.writeUInt32LE(value, at * 4);
      else if (plane instanceof Float64Array) bytes.writeDoubleLE(value === 0 ? 0 : value, at * 8);
      else bytes.writeFloatLE(value === 0 ? 0 : value, at * 4);
    });
    parts.push(bytes);
  }
  return Buffer.concat(parts);
}

describe("film hash", () => {
  it("is SHA-256 over the documented bytes", () => {
    const film = filledFilm();
    expect(filmSha256(film)).toBe(createHash("sha256").update(bytesByHand(film)).digest("hex"));
  });

  it("a film larger than a chunk is hashed piece by piece to the same", () => {
    const film = filledFilm({ widthPx: 400, heightPx: 301 });
    const sizes = [...canonicalChunks(film)].map((chunk) => chunk.byteLength);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(65_536 * 8);
    expect(filmSha256(film)).toBe(createHash("sha256").update(bytesByHand(film)).digest("hex"));
  });

  it("minus zero hashes as zero", () => {
    const zero = new Film(spec);
    const minus = { ...zero, spec, counts: zero.counts, planes: zero.planes.map((plane) => plane.slice()) };
    // Not the infinities of an empty film.
    for (const plane of minus.planes) plane.set(plane.map((value) => (value === 0 ? -0 : value)));
    expect(minus.planes.some((plane) => plane instanceof Float32Array && Object.is(plane[0], -0))).toBe(true);
    expect(filmSha256(minus)).toBe(filmSha256(zero));
  });

  it("one bit of one sum, one count, or any part of the specification makes another hash", () => {
    const base = filledFilm();
    const other = filledFilm();
    other.planes[3][17] += 1;
    const counted = filledFilm();
    counted.counts[0] += 1;
    const films = [
      base,
      other,
      counted,
      new Film(spec),
      new Film(filmSpecOf({ maxSpp: 8192 })),
      filledFilm({ widthPx: 48, heightPx: 20 }),
      filledFilm({ widthPx: 41, cropWindow: { x0: 0, y0: 0, x1: 40, y1: 24 } }),
    ];
    expect(new Set(films.map(filmSha256)).size).toBe(films.length);
    expect(filmSha256(filledFilm({ tileSizePx: 64 }))).toBe(filmSha256(base));
  });
});
