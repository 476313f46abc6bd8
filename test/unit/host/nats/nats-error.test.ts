// What the NATS client throws becomes one of our codes.

import { JetStreamApiError } from "@nats-io/jetstream";
import { errors } from "@nats-io/transport-node";
import { expect, it } from "vitest";
import { isWrongRevision, natsError } from "../../../../host/nats/nats-error.ts";
import { ArrasError } from "../../../../proto/errors.ts";

const api = (code: number, err_code: number) => new JetStreamApiError({ code, err_code, description: "said" });

it.each([
  [new errors.AuthorizationError("x"), "unauthenticated"],
  [new errors.UserAuthenticationExpiredError("x"), "unauthenticated"],
  [new errors.PermissionViolationError("x", "publish", "a.b"), "unauthenticated"],
  [new errors.TimeoutError(), "timed-out"],
  [new errors.NoRespondersError("a.b"), "unavailable"],
  [new errors.RequestError("", { cause: new errors.NoRespondersError("a.b") }), "unavailable"],
  [new errors.RequestError("connection disconnected"), "unavailable"],
  [new errors.ClosedConnectionError(), "unavailable"],
  [new errors.ConnectionError("x"), "unavailable"],
  [Object.assign(new Error("reset"), { code: "ECONNRESET" }), "unavailable"],
  [api(503, 10039), "unavailable"],
  [api(503, 10008), "unavailable"],
  [api(503, 10077), "resources-insufficient"],
  [api(400, 10047), "resources-insufficient"],
  [api(400, 10001), "internal"],
  [new Error("a mistake of ours"), "internal"],
  ["text", "internal"],
])("%s -> %s", (thrown, code) => {
  const error = natsError(thrown, "Doing");
  expect(error.code).toBe(code);
  expect(error.message).toMatch(/^Doing: /);
});

it("one of ours -> stays as it is; a wrong revision is told apart", () => {
  const ours = new ArrasError("usage", { message: "m", action: "a" });
  expect(natsError(ours, "Doing")).toBe(ours);
  expect([isWrongRevision(api(400, 10071)), isWrongRevision(api(400, 10001)), isWrongRevision(ours)]).toEqual([
    true,
    false,
    false,
  ]);
});
