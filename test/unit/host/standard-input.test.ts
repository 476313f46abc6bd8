// The life line of a computation, on streams instead of a process's standard input.
import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { readStandardInput } from "../../../host/standard-input.ts";

describe("standard input", () => {
  it("the line comes in pieces -> whole, without its end; what follows is dropped", async () => {
    const input = new PassThrough();
    const { firstLine, ended } = readStandardInput(input, 100);
    for (const piece of ['{"a":', "1}", "\nsecond", "\nthird\n"]) input.write(piece);
    expect(await firstLine).toBe('{"a":1}');
    input.end();
    await ended;
  });

  it("a character is cut in two by a chunk -> it is whole again", async () => {
    const input = new PassThrough();
    const { firstLine } = readStandardInput(input, 100);
    const bytes = Buffer.from("é\n");
    input.write(bytes.subarray(0, 1));
    input.write(bytes.subarray(1));
    expect(await firstLine).toBe("é");
  });

  it("it ends before a line -> the line rejects, the end resolves", async () => {
    const input = new PassThrough();
    const { firstLine, ended } = readStandardInput(input, 100);
    input.end("half a line");
    await expect(firstLine).rejects.toThrow("ended before the launch order");
    await ended;
  });

  it("no line end within the limit -> what is there, so that its reader refuses it, and no more is kept", async () => {
    const input = new PassThrough();
    const { firstLine } = readStandardInput(input, 10);
    input.write("x".repeat(11));
    input.write("y".repeat(1000));
    expect(await firstLine).toBe("x".repeat(11));
  });
});
