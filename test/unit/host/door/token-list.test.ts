import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findToken, parseTokenList, tokenOfText } from "../../../../host/door/token-list.ts";
import { ArrasErrors } from "../../../../proto/errors.ts";
import { limits } from "../../../../proto/limits.ts";

const hash = (token: string) => `sha256:${createHash("sha256").update(token).digest("hex")}`;
const tokens = ["a".repeat(32), "b".repeat(40), "c".repeat(64)];
const list = `# who may do what
ada   ${hash(tokens[0]!)}  submit

bob@studio ${hash(tokens[1]!)} watch # the wall
root\t${hash(tokens[2]!)}\toperate\r
`;

function mistakes(text: string): readonly string[] {
  try {
    parseTokenList(text, "tokens");
    return [];
  } catch (thrown) {
    return thrown instanceof ArrasErrors ? thrown.errors.map((error) => error.toString()) : [String(thrown)];
  }
}

describe("a list of tokens", () => {
  it("users, hashes, rights, remarks, empty lines -> each token finds its entry, another none", () => {
    const entries = parseTokenList(list, "tokens");
    const found = [...tokens, "d".repeat(32), ""].map((token) => findToken(entries, token));
    expect(found.map((entry) => entry && [entry.user, entry.right])).toEqual([
      ["ada", "submit"],
      ["bob@studio", "watch"],
      ["root", "operate"],
      undefined,
      undefined,
    ]);
  });

  it("mistakes -> all of them with their lines and the file, and no line's text", () => {
    const secret = "not-a-hash-but-the-token-itself-by-mistake";
    const found = mistakes(
      `ada ${secret} submit\nbob ${hash("x")} everything\n${hash("y")}\n-x ${hash("z")} watch\n` +
        `eve ${hash("x")} watch\ndan ${hash("x")} watch\n`,
    );
    expect(found.map((text) => /Line (\d)/.exec(text)?.[1])).toEqual(["1", "2", "3", "4", "6"]);
    expect(found.every((text) => text.includes("path tokens"))).toBe(true);
    expect(found.join("\n")).not.toContain(secret);
  });

  it("no line, or one more than tokensMax -> refused", () => {
    expect(mistakes("# nobody\n")).toEqual([expect.stringContaining("names no token")]);
    const lines = (count: number) =>
      Array.from({ length: count }, (_, index) => `u${index} ${hash(String(index))} watch`).join("\n");
    expect(mistakes(lines(limits.tokensMax))).toEqual([]);
    expect(mistakes(lines(limits.tokensMax + 1))).toEqual([expect.stringContaining("tokensMax = 1000")]);
  });

  it("any text -> entries, or mistakes of ours", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom(...list.split("\n")))), (lines) => {
        for (const text of mistakes(lines.join("\n"))) expect(text).toMatch(/^\[usage\]/);
      }),
    );
  });
});

describe("a token's text", () => {
  it("its first line, without the end that editors add", () => {
    expect(tokenOfText(`${tokens[0]}\n`, "--token-file")).toBe(tokens[0]);
    expect(tokenOfText(`  ${tokens[0]}\r\nmore`, "--token-file")).toBe(tokens[0]);
  });

  it.each([
    "",
    "short",
    "a".repeat(limits.tokenCharsMin - 1),
    "a".repeat(limits.tokenCharsMax + 1),
    `${"a".repeat(32)} b`,
  ])("%j -> refused, and not repeated", (text) => {
    expect(() => tokenOfText(text, "--token-file")).toThrow(
      expect.objectContaining({ code: "usage", place: { setting: "--token-file" } }),
    );
    expect(() => tokenOfText(text, "--token-file")).not.toThrow(text === "" ? "\0" : text);
  });
});
