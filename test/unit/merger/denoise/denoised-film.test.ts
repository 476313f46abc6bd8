// The film denoised for those who look at it so.
import { describe, expect, it } from "vitest";
import { DenoisedFilm } from "../../../../merger/denoise/denoised-film.ts";
import { planeValues } from "../../../../merger/preview/tile-image.ts";
import { resolve } from "../../../../merger/resolve.ts";
import { FakeDenoiser } from "../../../fakes/fake-denoiser.ts";
import { settled } from "../../../fakes/settled.ts";
import { noisyMerger } from "./noisy-film.ts";

function look() {
  const denoiser = new FakeDenoiser();
  const farm = noisyMerger();
  const film = new DenoisedFilm(farm.merger, denoiser, farm.clock);
  const told: unknown[] = [];
  return { ...farm, denoiser, film, told, start: () => film.look((failure) => told.push(failure)) };
}

describe("a film that is looked at denoised", () => {
  it("nobody looks -> nothing runs; somebody looks -> the film of now, once, until it changes", async () => {
    const { denoiser, film, told, merger, clock, merge, start } = look();
    expect(denoiser.asked).toHaveLength(0);
    start();
    await settled();
    expect(told).toEqual([undefined]);
    const state = merger.requireOpen();
    const [red] = resolve(state.film, ["beauty"]).channels;
    const [shown] = film.tile(state, 0)?.planes.map(planeValues) ?? [];
    expect(shown?.[0]).toBe((red?.values[0] ?? 0) / 2);
    clock.advance(10_000);
    await settled();
    expect(denoiser.asked).toHaveLength(1);
    merge(0);
    await settled();
    expect(denoiser.asked).toHaveLength(2);
  });

  it("the film changes while it runs -> one more run with the newest, after a rest as long as the run", async () => {
    const { denoiser, merge, clock, start } = look();
    denoiser.isPrompt = false;
    start();
    merge(0);
    merge(1);
    await settled();
    clock.advance(1000);
    denoiser.answer();
    await settled();
    clock.advance(500);
    expect(denoiser.asked).toHaveLength(1);
    clock.advance(1000);
    expect(denoiser.asked).toHaveLength(2);
  });

  it("another epoch opens -> the run ends, and the new film's begins", async () => {
    const { denoiser, merger, film, merge, open, clock, start } = look();
    denoiser.isPrompt = false;
    start();
    open(2);
    await settled();
    expect(denoiser.asked[0]?.signal.aborted).toBe(true);
    merge(0);
    clock.advance(0);
    await settled();
    denoiser.answer();
    await settled();
    expect(film.version(merger.requireOpen())).toBeGreaterThan(0);
  });

  it("the last looker leaves -> the run ends", async () => {
    const { denoiser, start } = look();
    denoiser.isPrompt = false;
    start()();
    await settled();
    expect(denoiser.asked[0]?.signal.aborted).toBe(true);
    expect(denoiser.asked).toHaveLength(1);
  });

  it("it fails -> lookers are told why", async () => {
    const { denoiser, told, start } = look();
    denoiser.failure = new Error("burnt");
    start();
    await settled();
    expect(told).toEqual([denoiser.failure]);
  });

  it("alone -> tiles are new with each run alone; beside the film -> also when the film changes", async () => {
    const { film, merger, merge, denoiser, start } = look();
    start();
    await settled();
    const state = merger.requireOpen();
    const [alone, both] = [film.versions(state, false).latest, film.versions(state, true).latest];
    denoiser.isPrompt = false;
    merge(1);
    expect(film.versions(state, false).latest).toBe(alone);
    expect(film.versions(state, true).changedSince(both)).toEqual([1]);
  });
});
