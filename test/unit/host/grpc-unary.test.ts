// Replies of methods that answer once.
import { EventEmitter } from "node:events";
import { status } from "@grpc/grpc-js";
import { expect, it } from "vitest";
import { unary } from "../../../host/grpc-unary.ts";
import { ArrasError } from "../../../proto/errors.ts";

type Answer = (call: EventEmitter, signal: AbortSignal) => string | Promise<string>;

function answered(answer: Answer, call = new EventEmitter()): Promise<unknown> {
  return new Promise((resolve, reject) =>
    unary(answer)(call, (error, reply) => (error ? reject(error) : resolve(reply))),
  );
}

it("an answer, at once or later -> the reply", async () => {
  expect(await answered(() => "now")).toBe("now");
  expect(await answered(async () => "later")).toBe("later");
});

it("the method throws or rejects -> the status of its error", async () => {
  const missing = new ArrasError("session-missing", { message: "none", action: "none" });
  const thrown = () => {
    throw missing;
  };
  await expect(answered(thrown)).rejects.toMatchObject({ code: status.NOT_FOUND });
  await expect(answered(() => Promise.reject(missing))).rejects.toMatchObject({ code: status.NOT_FOUND });
  await expect(answered(() => Promise.reject(new Error("x")))).rejects.toMatchObject({ code: status.INTERNAL });
});

it("whoever asked leaves -> the signal says so", async () => {
  const call = new EventEmitter();
  const left = answered(
    (_, signal) => new Promise((resolve) => signal.addEventListener("abort", () => resolve("left"))),
    call,
  );
  call.emit("cancelled");
  expect(await left).toBe("left");
});
