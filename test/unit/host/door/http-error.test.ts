import { describe, expect, it } from "vitest";
import { httpError } from "../../../../host/door/http-error.ts";
import { ArrasError, type ErrorCode, errorCodes } from "../../../../proto/errors.ts";

const missing = new ArrasError("session-missing", { message: "There is no such session", action: "Create one." });

describe("an error over HTTP", () => {
  it.each([undefined, "*/*", "text/html,application/xhtml+xml,*/*;q=0.8"])("%s is accepted -> text", (accept) => {
    expect(httpError(missing, accept)).toEqual({
      status: 404,
      headers: { "content-type": "text/plain; charset=utf-8" },
      body: "[session-missing] There is no such session. Create one.\n",
    });
  });

  it.each(["application/json", "text/html, application/problem+json"])("%s is accepted -> JSON", (accept) => {
    const { headers, body } = httpError(missing, accept);
    expect(headers["content-type"]).toBe("application/json");
    expect(JSON.parse(body)).toEqual({
      error: { code: "session-missing", message: "There is no such session", action: "Create one." },
    });
  });

  it("each code -> a status of an error; an unknown throw -> 500", () => {
    for (const code of Object.keys(errorCodes) as ErrorCode[])
      expect(httpError(new ArrasError(code, { message: "m", action: "a" }), undefined).status).toBeGreaterThanOrEqual(
        400,
      );
    expect(httpError(new TypeError("x"), undefined).status).toBe(500);
  });

  it("a status of its own -> that", () => {
    expect(httpError(missing, undefined, 405).status).toBe(405);
  });
});
