// The object of --json, exit codes, and settings as messages.
import { isAbsolute } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { Interruption } from "../../../cli/interruption.ts";
import { exitCodeOf, renderResult } from "../../../cli/result.ts";
import { imageRequest, sessionSpec } from "../../../cli/session-spec.ts";
import { readCommand } from "../../../cli/settings.ts";
import { ArrasError } from "../../../proto/errors.ts";
import { filmSpecFromMessage } from "../../../proto/film-spec-message.ts";
import { SessionEventSchema, SessionSpecSchema, SessionState } from "../../../proto/gen/arras/v1/session_pb.ts";

const ending = { written: ["a.exr"], writeMs: 1234.5, error: undefined, sessionId: "s" };

function settingsOf(...args: string[]) {
  const command = readCommand(args);
  if (command.t !== "render") throw new Error("a render was expected");
  return command.settings;
}

describe("the result", () => {
  it.each([
    [SessionState.FINISHED, "finished", 0],
    [SessionState.STOPPED, "stopped", 0],
    [SessionState.HOLES, "holes", 3],
    [SessionState.FAILED, "failed", 1],
    [SessionState.UNSPECIFIED, "failed", 1],
  ] as const)("state %i -> %s, exit code %i", (state, outcome, code) => {
    expect(renderResult(create(SessionEventSchema, { state }), ending).outcome).toBe(outcome);
    expect(exitCodeOf(outcome)).toBe(code);
  });

  it("all is known -> numbers as JSON can hold them, seconds to the millisecond", () => {
    const final = create(SessionEventSchema, {
      state: SessionState.FINISHED,
      receipt: { filmSha256: "abc", sppMean: 16, sampleCount: 2n ** 40n },
      totals: {
        clampedCount: 3n,
        nonFiniteCount: 4n,
        sessionMs: 12.3456,
        renderedSampleCount: 6n,
        computations: [
          { computation: "m", nodeId: "n", sampleCount: 5n, restartCount: 1, peakMemoryBytes: 3n * 2n ** 20n },
        ],
        holes: [{ x0: 1, y0: 2, x1: 3, y1: 4 }],
      },
    });
    const result = renderResult(final, ending);
    expect(JSON.parse(JSON.stringify(result))).toEqual({
      outcome: "finished",
      filmSha256: "abc",
      spp: 16,
      samples: 2 ** 40,
      clampedSamples: 3,
      nonFiniteSamples: 4,
      seconds: { session: 0.012, scene: 0, firstPicture: 0, render: 0, write: 1.235 },
      computations: [{ name: "m", node: "n", samples: 5, restarts: 1, peakMemoryMB: 3 }],
      renderedSamples: 6,
      outputs: ["a.exr"],
      holes: [{ x0: 1, y0: 2, x1: 3, y1: 4 }],
    });
  });

  it("a checkpoint of it is left -> the id with which it can be gone on with", () => {
    const final = create(SessionEventSchema, { state: SessionState.STOPPED, checkpoint: { sppMean: 3 } });
    expect(renderResult(final, ending).resume).toBe("s");
  });

  it("writing failed after a good render -> failed, with the error", () => {
    const error = new ArrasError("output-failed", { message: "m", action: "a" });
    const final = create(SessionEventSchema, { state: SessionState.FINISHED });
    expect(renderResult(final, { ...ending, error })).toMatchObject({
      outcome: "failed",
      error: { code: "output-failed", message: "m", action: "a" },
    });
  });
});

describe("settings as messages", () => {
  const definition = { json: "{}", path: "p" };

  it("a plain command -> a specification that crosses the wire, with absolute paths and a valid film", () => {
    const spec = sessionSpec(settingsOf("scene.glb", "--env", "sky.hdr", "-o", "a.exr", "--aov", "id"), definition);
    expect(toBinary(SessionSpecSchema, spec).length).toBeGreaterThan(0);
    expect(isAbsolute(spec.render!.scenePath) && isAbsolute(spec.render!.environmentPath)).toBe(true);
    expect(filmSpecFromMessage(spec.film).outputs).toContain("depth");
    expect([spec.mcrtCountMin, spec.mcrtCountMax, spec.budget?.spp]).toEqual([0, 0, 64]);
    expect(spec.render?.camera).toMatchObject({ name: "", lookFrom: [] });
    expect(spec.render?.camera?.verticalFovDeg).toBeUndefined();
  });

  it("a session is gone on with -> its id and what is said anew, and nothing of what is rendered", () => {
    const none = { json: "", path: "" };
    const spec = sessionSpec(settingsOf("--resume", "abc", "--spp", "128", "--json"), none);
    expect(spec).toMatchObject({
      resumeSessionId: "abc",
      needsDenoiser: false,
      budget: { spp: 128, targetError: 0, sppMin: 0 },
    });
    expect([spec.render, spec.film, spec.definitionJson, spec.checkpoints]).toEqual([
      undefined,
      undefined,
      "",
      undefined,
    ]);
    expect(sessionSpec(settingsOf("--resume", "abc", "--denoise", "a.exr"), none).needsDenoiser).toBe(true);
    const other = sessionSpec(settingsOf("--resume", "abc", "--no-checkpoints", "-o", "a.exr"), none);
    expect([other.budget?.spp, other.checkpoints?.off]).toEqual([0, true]);
    const settings = settingsOf("--resume", "abc", "-o", "a.exr");
    expect(imageRequest(settings, "s", settings.outputs[0]!).format).toMatchObject({ value: { outputs: [] } });
  });

  it("no environment wanted -> none, not a path", () => {
    expect(sessionSpec(settingsOf("s.glb", "--env", "none", "--json"), definition).render?.environmentPath).toBe(
      "none",
    );
  });

  it("times of any fraction -> a message that can be written", () => {
    const settings = settingsOf("s.glb", "--json", "--con-timeout", "0.0015", "--seconds", "0.0015");
    expect(() => toBinary(SessionSpecSchema, sessionSpec(settings, definition))).not.toThrow();
  });

  it("a denoised file -> a picture of its own; albedo and normal are rendered, and not written elsewhere", () => {
    const settings = settingsOf("s.glb", "-o", "a.exr", "--denoise", "b.exr", "--aov", "depth");
    expect(sessionSpec(settings, definition).film?.outputs).toEqual(expect.arrayContaining(["albedo", "normal"]));
    const [beauty, denoised] = settings.outputs.map((file) => imageRequest(settings, "s", file).format.value);
    expect(beauty).toMatchObject({ outputs: ["beauty", "depth"] });
    expect(denoised).toMatchObject({ outputs: ["denoised"] });
    const picture = settingsOf("s.glb", "--denoise", "b.png");
    expect(imageRequest(picture, "s", picture.outputs[0]!).format.value).toMatchObject({ output: "denoised" });
  });

  it("an EXR -> its form and all outputs asked for; a picture -> its encoding and tone", () => {
    const args = [
      "s.glb",
      "-o",
      "a.exr",
      "-o",
      "b.jpg",
      "--aov",
      "depth,samples",
      "--exr-type",
      "float",
      "--tone",
      "filmic",
    ];
    const settings = settingsOf(...args);
    expect(imageRequest(settings, "s", settings.outputs[0]!).format).toMatchObject({
      case: "exr",
      value: { pixelType: "float", outputs: ["beauty", "depth", "samples"] },
    });
    expect(imageRequest(settings, "s", settings.outputs[1]!).format).toMatchObject({
      case: "display",
      value: { encoding: "jpeg", tone: "filmic", quality: 90 },
    });
  });
});

describe("Ctrl-C", () => {
  const stage = () => {
    const calls: string[] = [];
    return { calls, interruption: new Interruption(() => void calls.push("leave")) };
  };

  it("once -> stops; twice -> leaves", () => {
    const { calls, interruption } = stage();
    interruption.whenWished(() => void calls.push("stop"));
    interruption.wish();
    interruption.wish();
    expect(calls).toEqual(["stop", "leave"]);
  });

  it("before anything runs -> stops as soon as something does", () => {
    const { calls, interruption } = stage();
    interruption.wish();
    expect(calls).toEqual([]);
    interruption.whenWished(() => void calls.push("stop"));
    expect(calls).toEqual(["stop"]);
  });
});
