// The life line of a computation, on streams instead of a process's standard input.
import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { readStandardInput } from "../../../host/standard-input.ts";
import { settled } from "../../fakes/settled.ts";

const bounds = { firstLineCharsMax: 100, laterLineCharsMax: 20, waitingLinesMax: 3 };

describe("standard input", () => {
  it("the line comes in pieces -> whole, without its end", async () => {
    const input = new PassThrough();
    const { firstLine, ended } = readStandardInput(input, bounds);
    for (const piece of ['{"a":', "1}", "\nsecond", "\nthird\n"]) input.write(piece);
    expect(await firstLine).toBe('{"a":1}');
    input.end();
    await ended;
  });

  it("a character is cut in two by a chunk -> it is whole again", async () => {
    const input = new PassThrough();
    const { firstLine } = readStandardInput(input, bounds);
    const bytes = Buffer.from("é\n");
    input.write(bytes.subarray(0, 1));
    input.write(bytes.subarray(1));
    expect(await firstLine).toBe("é");
  });

  it("it ends before a line -> the line rejects, the end resolves", async () => {
    const input = new PassThrough();
    const { firstLine, ended } = readStandardInput(input, bounds);
    input.end("half a line");
    await expect(firstLine).rejects.toThrow("ended before the launch order");
    await ended;
  });

  it("no line end within the limit -> what is there, so that its reader refuses it, and no more is kept", async () => {
    const input = new PassThrough();
    const { firstLine } = readStandardInput(input, { ...bounds, firstLineCharsMax: 10 });
    input.write("x".repeat(11));
    input.write("y".repeat(1000));
    expect(await firstLine).toBe("x".repeat(11));
  });

  it("later lines -> to who listens, first those that came before, in order; an unfinished one is none", async () => {
    const input = new PassThrough();
    const { firstLine, ended, listen } = readStandardInput(input, bounds);
    for (const piece of ["first\nsec", "ond\nthird\n"]) input.write(piece);
    await firstLine;
    await settled();
    const lines: string[] = [];
    listen((line) => void lines.push(line));
    for (const piece of ["fourth\n", "unfinished"]) input.write(piece);
    input.end();
    await ended;
    expect(lines).toEqual(["second", "third", "fourth"]);
  });

  it("nobody listens -> as many as may wait are kept, the newest", async () => {
    const input = new PassThrough();
    const { ended, listen } = readStandardInput(input, bounds);
    input.end(`first\n${[1, 2, 3, 4, 5].map((each) => `${each}\n`).join("")}`);
    await ended;
    const lines: string[] = [];
    listen((line) => void lines.push(line));
    expect(lines).toEqual(["3", "4", "5"]);
  });

  it("a line passes its bound, also the first -> the next one is whole", async () => {
    const input = new PassThrough();
    const { firstLine, ended, listen } = readStandardInput(input, bounds);
    const lines: string[] = [];
    listen((line) => void lines.push(line));
    for (const piece of ["x".repeat(101), "x\n", "y".repeat(21), "\n", `${"z".repeat(20)}\n`]) input.write(piece);
    input.end();
    await ended;
    expect(await firstLine).toBe("x".repeat(101));
    expect(lines).toEqual(["z".repeat(20)]);
  });
});
