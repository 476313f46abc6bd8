// What a terminal is asked about itself, and what it answers (xterm's ctlseqs; kitty's graphics protocol). Pure.
import type { Cell } from "./raster.ts";

/**
 * Whether a picture of one pixel could be shown (kitty alone answers), how large a cell is, how large the text area; and
 * last what kind of terminal it is, which every terminal answers: what did not come before it does not come.
 */
export const terminalQuestions = "\u001b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\u001b\\\u001b[16t\u001b[14t\u001b[c";

const esc = "\u001b";
const attributesPattern = new RegExp(`${esc}\\[\\?([\\d;]*)c`);
const cellPattern = new RegExp(`${esc}\\[6;(\\d{1,4});(\\d{1,4})t`);
const areaPattern = new RegExp(`${esc}\\[4;(\\d{1,5});(\\d{1,5})t`);

/** More than all answers together. */
export const answersCharsMax = 4096;

export interface TerminalAnswers {
  /** The last question is answered. */
  readonly isComplete: boolean;
  readonly hasKittyGraphics: boolean;
  readonly hasSixels: boolean;
  /** undefined where it does not say. */
  readonly cell: Cell | undefined;
}

/** Answers come in any pieces, between what is typed. `size`: columns and rows of the terminal. */
export function readAnswers(text: string, size: { readonly columns: number; readonly rows: number }): TerminalAnswers {
  const attributes = attributesPattern.exec(text)?.[1];
  return {
    isComplete: attributes !== undefined,
    hasKittyGraphics: text.includes(`${esc}_Gi=31;OK${esc}\\`),
    // 4 among the attributes of the device, after its class.
    hasSixels: attributes?.split(";").slice(1).includes("4") ?? false,
    cell: cellOf(text, size),
  };
}

function cellOf(text: string, { columns, rows }: { columns: number; rows: number }): Cell | undefined {
  const [, cellHeight, cellWidth] = cellPattern.exec(text) ?? [];
  if (Number(cellWidth) > 0 && Number(cellHeight) > 0)
    return { widthPx: Number(cellWidth), heightPx: Number(cellHeight) };
  const [, areaHeight, areaWidth] = areaPattern.exec(text) ?? [];
  const [widthPx, heightPx] = [Math.floor(Number(areaWidth) / columns), Math.floor(Number(areaHeight) / rows)];
  return widthPx > 0 && heightPx > 0 ? { widthPx, heightPx } : undefined;
}
