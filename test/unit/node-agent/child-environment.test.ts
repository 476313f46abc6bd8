import { describe, expect, it } from "vitest";
import { childEnvironment } from "../../../node-agent/child-environment.ts";

describe("a computation's environment", () => {
  it("has the node's plain variables, the session's, and a thread pool for its threads", () => {
    const own = { PATH: "/bin", LC_ALL: "C", ARRAS_TEST_DATA: "d", NATS_PASSWORD: "p", ARRAS_TOKEN: "t", OTHER: "o" };
    expect(childEnvironment(own, { RAAS_DEBUG_FILENAME: "f" }, 8)).toEqual({
      PATH: "/bin",
      LC_ALL: "C",
      ARRAS_TEST_DATA: "d",
      RAAS_DEBUG_FILENAME: "f",
      UV_THREADPOOL_SIZE: "12",
    });
  });

  it("says nothing of how the agent reaches NATS", () => {
    const own = { ARRAS_NATS: "nats://u:p@n:4222", ARRAS_NATS_USER: "u", ARRAS_NATS_CREDS: "c", ARRAS_NATS_KEY: "k" };
    expect(Object.keys(childEnvironment(own, {}, 1))).toEqual(["UV_THREADPOOL_SIZE"]);
  });

  it("has no more pool threads than libuv allows", () => {
    expect(childEnvironment({}, {}, 1024).UV_THREADPOOL_SIZE).toBe("1024");
  });

  it.each(["LD_PRELOAD", "NODE_OPTIONS", "PATH", "ARRAS_TOKEN", "UV_THREADPOOL_SIZE", "DYLD_X", "", "A=B", "A B"])(
    "%j from a session is refused",
    (name) => {
      expect(() => childEnvironment({}, { [name]: "x" }, 1)).toThrow(/environment variable/);
    },
  );

  it("a value with a NUL character is refused", () => {
    expect(() => childEnvironment({}, { A: "x\0y" }, 1)).toThrow("has a NUL character");
  });
});
