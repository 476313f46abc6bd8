// The one error type: its table, its texts, its way through a message.
import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { errorFromMessage, errorToMessage } from "../../../proto/error-message.ts";
import { ArrasError, ArrasErrors, type ErrorCode, errorCodes, grpcStatus } from "../../../proto/errors.ts";
import { ErrorDetailSchema } from "../../../proto/gen/arras/v1/common_pb.ts";
import { limits } from "../../../proto/limits.ts";

const codes = Object.keys(errorCodes) as ErrorCode[];
const mistake = (code: ErrorCode, message: string) => new ArrasError(code, { message, action: `do ${message}` });

describe("error codes", () => {
  it("the table -> names in lower case with dashes, statuses that gRPC knows", () => {
    for (const code of codes) {
      expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(Object.hasOwn(grpcStatus, errorCodes[code].grpc)).toBe(true);
    }
  });

  it("exit code 2 -> exactly the codes by which an input is at fault, and nothing may be tried again then", () => {
    const inputs = codes.filter((code) => errorCodes[code].exit === 2);
    expect(inputs.sort()).toEqual([
      "camera-missing",
      "denoiser-missing",
      "edit-impossible",
      "environment-broken",
      "environment-missing",
      "limit-exceeded",
      "output-unwritable",
      "resources-insufficient",
      "scene-broken",
      "scene-missing",
      "scene-unsupported",
      "session-definition-broken",
      "session-definition-missing",
      "usage",
    ]);
    for (const code of inputs) expect(errorCodes[code].retry).toBe("never");
  });

  it("what one machine or process did -> may be tried on another; what passes -> on the same", () => {
    const by = (retry: string) => codes.filter((code) => errorCodes[code].retry === retry).sort();
    for (const code of [
      "computation-crashed",
      "computation-lost",
      "memory-exceeded",
      "renderer-failed",
      "renderer-missing",
    ])
      expect(by("other-node")).toContain(code);
    for (const code of ["cancelled", "timed-out", "unavailable"]) expect(by("same-node")).toContain(code);
  });
});

describe("an error's text", () => {
  it("code first, then what, where and what to do", () => {
    const error = new ArrasError("scene-broken", {
      message: "The buffer is short",
      action: "Export again.",
      place: { path: "a.gltf: buffers[0]", node: "n1" },
    });
    expect(error.toString()).toBe(
      "[scene-broken] The buffer is short (path a.gltf: buffers[0], node n1). Export again.",
    );
    expect([error.retry, error.exitCode]).toEqual(["never", 2]);
  });
});

describe("several mistakes", () => {
  const several = new ArrasErrors([mistake("session-state", "one"), mistake("scene-missing", "two")]);

  it("texts -> one a line; exit code 2 as soon as one is an input's", () => {
    expect(several.message).toBe("[session-state] one. do one\n[scene-missing] two. do two");
    expect(several.exitCode).toBe(2);
    expect(new ArrasErrors([mistake("internal", "x")]).exitCode).toBe(1);
  });

  it("as one error -> all texts and the exit code of all; of one alone -> itself", () => {
    const one = ArrasError.from(several);
    for (const text of ["[session-state] one. do one", "[scene-missing] two. do two", "2 mistakes"]) {
      expect(one.message).toContain(text);
    }
    expect(one.exitCode).toBe(several.exitCode);
    const alone = mistake("usage", "alone");
    expect(ArrasError.from(new ArrasErrors([alone]))).toBe(alone);
  });
});

describe("an unknown throw", () => {
  it.each<[string, unknown, string]>([
    ["an Error", new TypeError("x"), "x"],
    ["a text", "broken", "broken"],
    ["nothing", undefined, "undefined"],
  ])("%s -> internal with its text and itself as the cause", (_, thrown, text) => {
    const error = ArrasError.from(thrown);
    expect([error.code, error.message, error.cause]).toEqual(["internal", text, thrown]);
  });

  it("another code is named -> that; ours -> itself", () => {
    expect(ArrasError.from(new Error("x"), "renderer-failed").code).toBe("renderer-failed");
    const ours = mistake("usage", "m");
    expect(ArrasError.from(ours, "renderer-failed")).toBe(ours);
  });
});

describe("error messages", () => {
  it.each(codes)("%s -> the same code, texts and place", (code) => {
    const error = new ArrasError(code, { message: "m", action: "a", place: { unit: "u", setting: "--spp" } });
    const read = errorFromMessage(errorToMessage(error));
    expect([read.code, read.message, read.action, read.place]).toEqual([code, "m", "a", error.place]);
  });

  it.each(["", "newer-code", "toString", "__proto__"])("the code %j -> internal", (code) => {
    expect(errorFromMessage(create(ErrorDetailSchema, { code, message: "m", action: "a" })).code).toBe("internal");
  });

  it("long texts -> cut on both ways; unknown places -> dropped", () => {
    const text = "x".repeat(limits.messageTextCharsMax + 1);
    const cut = text.slice(1);
    const sent = errorToMessage(new ArrasError("usage", { message: text, action: text, place: { path: text } }));
    expect([sent.message, sent.action]).toEqual([cut, cut]);
    expect(sent.place.path!.length).toBeLessThan(text.length);
    const place = { constructor: "x", node: "n", path: text };
    const read = errorFromMessage(create(ErrorDetailSchema, { code: "usage", message: text, action: text, place }));
    expect([read.message, read.action]).toEqual([cut, cut]);
    expect(Object.keys(read.place).sort()).toEqual(["node", "path"]);
  });
});
