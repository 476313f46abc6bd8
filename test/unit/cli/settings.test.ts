// A command line as settings, or its mistakes; through readCommand, as the command does.
import { describe, expect, it } from "vitest";
import { readCommand } from "../../../cli/settings.ts";
import { limits } from "../../../proto/limits.ts";

function read(...args: string[]) {
  const command = readCommand(args);
  if (command.t !== "render") throw new Error(`a render was expected, not ${command.t}`);
  return command;
}

function settingsOf(...args: string[]) {
  const { settings, mistakes } = read("scene.glb", "-o", "a.exr", ...args);
  expect(mistakes.map(({ message }) => message)).toEqual([]);
  return settings;
}

const mistakesOf = (...args: string[]) => read(...args).mistakes.map(({ place }) => place.setting);

describe("the way through a farm's door", () => {
  it("TLS and token -> named, not read; variables where no option is given", () => {
    const args = ["scene.glb", "-o", "a.exr", "--host", "farm", "--ca", "ca.pem"];
    const command = readCommand(args, { ARRAS_TOKEN_FILE: "token", ARRAS_CA: "other.pem" });
    if (command.t !== "render") throw new Error(command.t);
    expect(command.mistakes).toEqual([]);
    expect(command.settings.access).toEqual({
      tls: { ca: { path: "ca.pem", setting: "--ca" } },
      token: { t: "file", path: "token", setting: "ARRAS_TOKEN_FILE" },
    });
  });

  it("options of it without a farm -> mistakes; variables are for other commands", () => {
    expect(mistakesOf("scene.glb", "-o", "a.exr", "--tls", "--token-file", "t")).toEqual(["--tls", "--token-file"]);
    expect(readCommand(["scene.glb", "-o", "a.exr"], { ARRAS_TOKEN_FILE: "t" })).toMatchObject({ mistakes: [] });
  });
});

describe("where the picture is shown", () => {
  it("a host, with a port, an IPv6 address -> tev there; then no file need be written", () => {
    expect(settingsOf().tev).toBeUndefined();
    expect(settingsOf("--tev", "desk").tev).toEqual({ host: "desk", port: 14_158 });
    expect(settingsOf("--tev", "[::1]:99").tev).toEqual({ host: "::1", port: 99 });
    expect(mistakesOf("scene.glb", "--tev", "desk")).toEqual([]);
  });

  it("a way to show it in the terminal -> that; an unknown one -> refused", () => {
    expect([settingsOf().preview, settingsOf("--preview", "sixel").preview]).toEqual(["none", "sixel"]);
    expect(mistakesOf("scene.glb", "--preview", "terminal")).toEqual([]);
    expect(mistakesOf("scene.glb", "-o", "a.exr", "--preview", "ascii")).toEqual(["--preview"]);
  });

  it("a path to record, and nobody who moves the camera -> refused; somebody may -> taken", () => {
    expect(mistakesOf("s.glb", "-o", "a.exr", "--record", "p.json")).toEqual(["--record"]);
    for (const mover of [["--gui"], ["--host", "farm"], ["--replay", "q.json"]])
      expect(settingsOf("--record", "p.json", ...mover).record).toBe("p.json");
  });

  it("what is no address -> refused", () => {
    for (const text of ["a b", "desk:0", "desk:99999", ":14158"])
      expect(mistakesOf("s.glb", "-o", "a.exr", "--tev", text)).toEqual(["--tev"]);
  });
});

describe("settings", () => {
  it("a scene and a file -> everything else by default", () => {
    expect(settingsOf()).toMatchObject({
      scenePath: "scene.glb",
      environmentPath: "",
      outputs: [{ path: "a.exr", encoding: "exr" }],
      widthPx: 1280,
      heightPx: 720,
      cropWindow: { x0: 0, y0: 0, x1: 1280, y1: 720 },
      tileSizePx: 64,
      aovs: [],
      spp: 64,
      maxSpp: 4096,
      targetError: 0,
      minSpp: 16,
      durationMs: 0,
      seed: 0,
      frameNumber: 0,
      renderer: "embree",
      mcrtCount: undefined,
      sessionName: "mcrt_progressive",
      connectTimeoutMs: 30_000,
      exr: { parts: "multi", compression: "zip", pixelType: "half", tileSizePx: 0 },
      json: false,
      quiet: false,
      logLevel: 2,
      debugSample: undefined,
    });
  });

  it("help or version -> only that, whatever else is wrong", () => {
    expect(readCommand(["--nope", "--help"])).toEqual({ t: "help" });
    expect(readCommand(["-h"])).toEqual({ t: "help" });
    expect(readCommand(["--version"])).toEqual({ t: "version" });
  });

  it("plain arguments -> by their extension, in any order and case", () => {
    const { scenePath, environmentPath, outputs } = read("a.PNG", "sky.HDR", "S.GLTF", "b.webp", "c.jpeg").settings;
    expect([scenePath, environmentPath]).toEqual(["S.GLTF", "sky.HDR"]);
    expect(outputs.map(({ encoding }) => encoding)).toEqual(["png", "webp", "jpeg"]);
  });

  it("size and crop -> pixels, half-open", () => {
    expect(settingsOf("--size", "640x480", "--crop", "10,20,640,480")).toMatchObject({
      widthPx: 640,
      heightPx: 480,
      cropWindow: { x0: 10, y0: 20, x1: 640, y1: 480 },
    });
  });

  it("a camera by place, depth of field, angles -> as they are", () => {
    const args = ["--look-from", "-1,2,3.5", "--look-at", "0,0,0", "--up", "0,0,1", "--fov", "35", "--aperture", "0.1"];
    expect(settingsOf(...args, "--focus", "4", "--env-rotate", "-90")).toMatchObject({
      camera: {
        lookFrom: [-1, 2, 3.5],
        lookAt: [0, 0, 0],
        up: [0, 0, 1],
        verticalFovDeg: 35,
        apertureRadius: 0.1,
        focusDistance: 4,
      },
      environmentRotationDeg: -90,
    });
  });

  it("quality -> spp with the film's bound, target, minimum, time", () => {
    expect(settingsOf("--spp", "5000", "--target-error", "0.01", "--min-spp", "32", "--seconds", "1.5")).toMatchObject({
      spp: 5000,
      maxSpp: 8192,
      targetError: 0.01,
      minSpp: 32,
      durationMs: 1500,
    });
  });

  it.each([
    ["3", { min: 3, max: 3 }, "mcrt_progressive_n"],
    ["2-5", { min: 2, max: 5 }, "mcrt_progressive_n"],
    ["5-2", { min: 2, max: 5 }, "mcrt_progressive_n"],
    ["1", { min: 1, max: 1 }, "mcrt_progressive"],
  ])("--num-mcrt %s -> its least and most, and the definition for it", (text, mcrtCount, sessionName) => {
    expect(settingsOf("--num-mcrt", text)).toMatchObject({ mcrtCount, sessionName });
  });

  it("AOVs of several lists -> those of the film in canonical order, samples and error beside", () => {
    const { aovs, extraAovs } = settingsOf("--aov", "depth,albedo", "--aov", "error,depth");
    expect([aovs, extraAovs]).toEqual([["albedo", "depth"], ["error"]]);
  });

  it("a time to connect that is no whole millisecond -> a whole number, as the message needs", () => {
    expect(Number.isInteger(settingsOf("--con-timeout", "0.0015").connectTimeoutMs)).toBe(true);
  });

  it("--json or --debug-sample without a file -> allowed", () => {
    expect(mistakesOf("s.glb", "--json")).toEqual([]);
    expect(read("s.glb", "--debug-sample", "3,4,5").settings.debugSample).toEqual({ x: 3, y: 4, sampleIndex: 5 });
  });

  it("nothing at all -> no scene and no file", () => {
    expect(mistakesOf().sort()).toEqual(["--scene", "-o"]);
  });

  it("many mistakes -> all at once, as usage", () => {
    const { mistakes } = read("--size", "0x5", "--spp", "1.5", "--fov", "180", "--num-mcrt", "0", "--tone", "x");
    expect(mistakes.map(({ place }) => place.setting).sort()).toEqual(
      ["--fov", "--num-mcrt", "--scene", "--size", "--spp", "--tone", "-o"].sort(),
    );
    expect(mistakes.every(({ code, exitCode }) => code === "usage" && exitCode === 2)).toBe(true);
  });

  it.each<[string, string[], string]>([
    ["a side beyond filmSidePxMax", ["--size", `${limits.filmSidePxMax + 1}x1`], "--size"],
    ["more pixels than filmAreaPxMax", ["--size", "16384x16384"], "--size"],
    ["a size that is none", ["--size", "1280"], "--size"],
    ["a crop outside", ["--crop", "0,0,1281,10"], "--crop"],
    ["an empty crop", ["--crop", "5,5,5,10"], "--crop"],
    ["a crop of three", ["--crop", "1,2,3"], "--crop"],
    ["a crop of parts of pixels", ["--crop", "0,0,1.5,2"], "--crop"],
    ["no samples", ["--spp", "0"], "--spp"],
    ["too many samples", ["--spp", String(limits.sppMax + 1)], "--spp"],
    ["no time", ["--seconds", "0"], "--seconds"],
    ["a target of 0", ["--target-error", "0"], "--target-error"],
    ["text for a number", ["--exposure", "bright"], "--exposure"],
    ["infinite", ["--fov", "Infinity"], "--fov"],
    ["two of three numbers", ["--look-from", "1,2"], "--look-from"],
    ["an unknown output", ["--aov", "albedo,specular"], "--aov"],
    ["an unknown filter", ["--filter", "mitchell"], "--filter"],
    ["tiles too small", ["--tile-size", "7"], "--tile-size"],
    ["too many computations", ["--num-mcrt", String(limits.mcrtCountMax + 1)], "--num-mcrt"],
    ["no cores", ["--num-cores", "0"], "--num-cores"],
    ["a camera by name and by place", ["--camera", "c", "--look-from", "1,2,3"], "--camera"],
    ["a place to look at alone", ["--look-at", "1,2,3"], "--look-at"],
    ["a camera that stands where it looks at", ["--look-from", "1,2,3", "--look-at", "1,2,3"], "--look-at"],
    ["options of the fake renderer for another", ["--renderer-options", "{}"], "--renderer-options"],
    ["a second scene", ["other.gltf"], "--scene"],
    ["a second environment", ["a.hdr", "b.hdr"], "--env"],
    ["a file that is no picture", ["-o", "b.tif"], "-o"],
    ["a file twice", ["-o", "a.exr"], "-o"],
    ["a sample outside", ["--debug-sample", "1280,0,0"], "--debug-sample"],
    ["a sample below 0", ["--debug-sample", "-1,0,0"], "--debug-sample"],
    ["a log level of 6", ["-l", "6"], "--log-level"],
  ])("%s -> one mistake, at its option", (_, args, setting) => {
    expect(mistakesOf("scene.glb", "-o", "a.exr", ...args)).toEqual([setting]);
  });

  it("more files than outputFilesMax -> refused", () => {
    const files = Array.from({ length: limits.outputFilesMax + 1 }, (_, at) => `f${at}.png`);
    expect(mistakesOf("scene.glb", ...files)).toEqual(["-o"]);
  });

  it("a coordinator's host is given -> its address, with the port or 8888; without a host this machine renders", () => {
    expect(settingsOf().coordinators).toEqual([]);
    expect(settingsOf("--host", "farm").coordinators).toEqual(["farm:8888"]);
    expect(settingsOf("--host", "::1", "--port", "9").coordinators).toEqual(["[::1]:9"]);
    expect(settingsOf("--host", "a,b:77, ::1", "--port", "9").coordinators).toEqual(["a:9", "b:77", "[::1]:9"]);
  });

  it("a farm, and nothing said of files -> the scene is uploaded; else as said", () => {
    expect(settingsOf("--host", "farm")).toMatchObject({ sharedFs: false, verifyAssets: false });
    expect(settingsOf("--host", "farm", "--shared-fs")).toMatchObject({ sharedFs: true });
    expect(settingsOf("--host", "farm", "--verify-assets")).toMatchObject({ verifyAssets: true });
  });

  it("on a farm a session waits in the queue, for a week or as long as is said; here, or with --no-wait, not at all", () => {
    const waits = (...args: string[]) => settingsOf(...args).queueTimeoutMs;
    expect(waits()).toBe(0);
    expect(waits("--host", "farm")).toBe(limits.queueTimeoutMsMax);
    expect(waits("--host", "farm", "--queue-timeout", "1.5")).toBe(1500);
    expect(waits("--host", "farm", "--no-wait")).toBe(0);
    expect(settingsOf("--host", "farm", "--priority", "0")).toMatchObject({ priority: 0, autoFit: false, tags: [] });
    for (const [text, verifyShare] of [
      ["0.5%", 0.005],
      ["0.25", 0.25],
      ["100%", 1],
    ] as const)
      expect(settingsOf("--host", "farm", "--verify", text)).toMatchObject({ verifyShare });
    const tags = ["--tag", "gpu,fast", "--tag", "gpu"];
    expect(settingsOf("--auto-fit", ...tags)).toMatchObject({ priority: 50, autoFit: true, tags: ["gpu", "fast"] });
  });

  it.each([
    [["--shared-fs"], ["--shared-fs"]],
    [["--verify-assets"], ["--verify-assets"]],
    [["--host", "a", "--shared-fs", "--verify-assets"], ["--verify-assets"]],
    [["--priority", "101"], ["--priority"]],
    [["--verify", "0.5%"], ["--verify"]],
    [["--host", "farm", "--verify", "101%"], ["--verify"]],
    [["--host", "farm", "--verify", "-1"], ["--verify"]],
    [["--host", "farm", "--verify", "much"], ["--verify"]],
    [["--queue-timeout", "604801"], ["--queue-timeout"]],
    [["--queue-timeout", "5", "--no-wait"], ["--queue-timeout"]],
    [["--tag", "two words"], ["--tag"]],
    [["--tag", "x".repeat(limits.tagCharsMax + 1)], ["--tag"]],
    [["--tag", Array.from({ length: limits.wishedTagsMax + 1 }, (_, at) => `t${at}`).join()], ["--tag"]],
    [["--port", "9"], ["--port"]],
    [["--host", "a", "--port", "0"], ["--port"]],
    [["--host", "a,b:0"], ["--host"]],
    [["--host", "http://a"], ["--host"]],
  ])("%j -> %j", (args, settings) => {
    expect(mistakesOf("s.glb", "-o", "a.exr", ...args)).toEqual(settings);
  });

  it("a session is gone on with -> its id, outputs and what is renewed; nothing else is needed", () => {
    const { settings, mistakes } = read(
      ...["--resume", "abc-1", "-o", "b.png", "--spp", "128", "--host", "farm", "--exposure", "1", "--json", "-l", "3"],
      ...["--checkpoint-interval", "0.5", "--state-dir", "here"],
    );
    expect(mistakes).toEqual([]);
    expect(settings).toMatchObject({
      resume: "abc-1",
      renewed: { spp: 128, targetError: 0, minSpp: 0, durationMs: 0 },
      checkpoints: { intervalMs: 500, spp: 0, off: false },
      stateDir: "here",
      coordinators: ["farm:8888"],
    });
    expect(settingsOf()).toMatchObject({ resume: undefined, checkpoints: { intervalMs: 0, spp: 0, off: false } });
  });

  it("what is fixed is given to a session that is gone on with -> each refused by its name", () => {
    const fixed = [
      "--size",
      "8x8",
      "--num-mcrt",
      "2",
      "--seed",
      "1",
      "--aov",
      "id",
      "--camera",
      "c",
      "--crop",
      "0,0,1,1",
    ];
    expect(mistakesOf("--resume", "a", "--json", ...fixed)).toEqual([
      ...["--size", "--num-mcrt", "--seed", "--aov", "--camera", "--crop"],
    ]);
    expect(mistakesOf("--resume", "a", "--json", "scene.glb")).toEqual(["--scene"]);
    expect(mistakesOf("--resume", "a", "--json", "--scene", "x.glb", "--debug-sample", "0,0,0")).toEqual([
      "--scene",
      "--debug-sample",
    ]);
  });

  it("checkpoints at impossible times, or never and sometimes -> refused", () => {
    expect(mistakesOf("s.glb", "--json", "--checkpoint-interval", "0.01")).toEqual(["--checkpoint-interval"]);
    expect(mistakesOf("s.glb", "--json", "--checkpoint-spp", "0")).toEqual(["--checkpoint-spp"]);
    expect(mistakesOf("s.glb", "--json", "--no-checkpoints", "--checkpoint-spp", "8")).toEqual(["--checkpoint-spp"]);
    expect(settingsOf("--no-checkpoints").checkpoints.off).toBe(true);
  });
});
