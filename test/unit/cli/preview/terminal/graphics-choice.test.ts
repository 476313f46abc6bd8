// What terminals say, and which pictures they are then sent. Answers are those that the programs named really give.
import { describe, expect, it } from "vitest";
import { chooseGraphics, obstacleTo } from "../../../../../cli/preview/terminal/graphics-choice.ts";
import { readAnswers, terminalQuestions } from "../../../../../cli/preview/terminal/terminal-answers.ts";

const size = { columns: 80, rows: 24 };
const facts = {
  wish: "terminal" as const,
  isTerminal: true,
  isInBackground: false,
  environment: { TERM: "xterm-256color", COLORTERM: "truecolor" },
};
const kitty = "\u001b_Gi=31;OK\u001b\\\u001b[6;20;10t\u001b[4;480;800t\u001b[?62;52;c";
const foot = "\u001b[6;18;9t\u001b[4;432;720t\u001b[?62;4;22;28;29c";
const xterm = "\u001b[4;316;484t\u001b[?64;1;2;6;9;15;16;17;18;21;22;28c";
const chosen = (text: string | undefined, change = {}) =>
  chooseGraphics({ ...facts, ...change }, text === undefined ? undefined : readAnswers(text, size));

describe("a terminal's answers", () => {
  it("kitty, foot with sixels, xterm without -> what each can, and how large its cells are", () => {
    expect(readAnswers(kitty, size)).toEqual({
      ...{ isComplete: true, hasKittyGraphics: true, hasSixels: false },
      cell: { widthPx: 10, heightPx: 20 },
    });
    expect(readAnswers(foot, size)).toMatchObject({ hasSixels: true, cell: { widthPx: 9, heightPx: 18 } });
    // It says the size of its text area only.
    expect(readAnswers(xterm, size)).toMatchObject({ hasSixels: false, cell: { widthPx: 6, heightPx: 13 } });
  });

  it("in pieces, with keys typed in between -> not complete before the last; keys are no answers", () => {
    for (let end = 0; end < kitty.length; end++) expect(readAnswers(kitty.slice(0, end), size).isComplete).toBe(false);
    expect(readAnswers(`q\u001b[A${kitty}`, size)).toEqual(readAnswers(kitty, size));
  });

  it("an error, sizes of nothing -> no picture, no cell", () => {
    const text = "\u001b_Gi=31;ENOTSUPPORTED:no\u001b\\\u001b[6;0;0t\u001b[4;0;0t\u001b[?1;2c";
    expect(readAnswers(text, size)).toMatchObject({ isComplete: true, hasKittyGraphics: false, cell: undefined });
  });

  it("the questions -> the one that every terminal answers comes last", () => {
    expect(terminalQuestions.endsWith("\u001b[c")).toBe(true);
  });
});

describe("the choice of graphics", () => {
  it("kitty graphics before sixels before half blocks", () => {
    expect(chosen(kitty)).toEqual({ t: "picture", graphics: "kitty" });
    expect(chosen(foot)).toEqual({ t: "picture", graphics: "sixel" });
    expect(chosen(xterm)).toEqual({ t: "picture", graphics: "blocks" });
  });

  it("no 24-bit colour either -> none, and why", () => {
    expect(chosen(xterm, { environment: { TERM: "xterm" } })).toMatchObject({
      t: "none",
      reason: expect.stringContaining("COLORTERM"),
    });
  });

  it("it could not be asked -> its variables count, but not inside a multiplexer", () => {
    const environment = { TERM: "xterm-kitty", KITTY_WINDOW_ID: "1", COLORTERM: "truecolor" };
    expect(chosen(undefined, { environment })).toEqual({ t: "picture", graphics: "kitty" });
    expect(chosen(undefined, { environment: { ...environment, TMUX: "/tmp/tmux" } })).toEqual({
      t: "picture",
      graphics: "blocks",
    });
    // One that answered otherwise is believed.
    expect(chosen(xterm, { environment })).toEqual({ t: "picture", graphics: "blocks" });
  });

  it("a file or a pipe, in the background -> none, also when it is demanded", () => {
    expect(chosen(kitty, { isTerminal: false })).toMatchObject({ t: "none" });
    expect(chosen(kitty, { isTerminal: false, wish: "sixel" })).toMatchObject({ t: "none" });
    expect(chosen(kitty, { isInBackground: true, wish: "blocks" })).toMatchObject({ t: "none" });
  });

  it("a dumb terminal, a console, none -> not even asked; demanded -> as demanded", () => {
    for (const TERM of ["dumb", "linux", "", "vt100"]) {
      expect(obstacleTo({ ...facts, environment: { TERM } })).toContain("TERM");
      expect(chosen(undefined, { environment: { TERM }, wish: "blocks" })).toEqual({
        t: "picture",
        graphics: "blocks",
      });
    }
    expect(obstacleTo(facts)).toBeUndefined();
  });
});
