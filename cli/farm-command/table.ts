// Rows of text as a table that people read: aligned, no wider than it may be, safe to print. Pure.

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
  /** May be cut with an ellipsis down to this many characters where the table is too wide. */
  readonly charsMin?: number;
}

const gap = "  ";

/** Columns that are empty in every row are left out. Each line ends with a line feed. */
export function tableText(columns: readonly Column[], rows: readonly (readonly string[])[], widthMax: number): string {
  const shown = columns
    .map((column, index) => ({ column, cells: rows.map((row) => printable(row[index] ?? "")) }))
    .filter(({ cells }) => cells.some((cell) => cell !== ""));
  const widths = widthsWithin(
    shown.map(({ column, cells }) => ({
      width: Math.max(column.title.length, ...cells.map((cell) => cell.length)),
      charsMin: column.charsMin,
    })),
    widthMax,
  );
  const line = (texts: readonly string[]) =>
    texts
      .map((text, index) => aligned(cut(text, widths[index] ?? 0), shown[index]?.column.align, widths[index] ?? 0))
      .join(gap)
      .trimEnd();
  const lines = rows.map((_, row) => line(shown.map(({ cells }) => cells[row] ?? "")));
  return [line(shown.map(({ column }) => column.title)), ...lines].map((text) => `${text}\n`).join("");
}

/** "Name:  value" lines; those without a value are left out. */
export function pageText(rows: readonly (readonly [string, string])[]): string {
  const shown = rows.filter(([, value]) => value !== "");
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${name.padEnd(width)}${gap}${printable(value)}\n`).join("");
}

export function cut(text: string, charsMax: number): string {
  return text.length <= charsMax ? text : `${text.slice(0, Math.max(0, charsMax - 1))}…`;
}

/** What others have named must not move the cursor or change colours. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it is about
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, " ");
}

function aligned(text: string, align: Column["align"], width: number): string {
  return align === "right" ? text.padStart(width) : text.padEnd(width);
}

/** Takes from the widest that may shrink, character by character, until all fit or none may. */
function widthsWithin(
  columns: readonly { readonly width: number; readonly charsMin: number | undefined }[],
  widthMax: number,
): number[] {
  const widths = columns.map(({ width }) => width);
  let excess = widths.reduce((sum, width) => sum + width + gap.length, -gap.length) - widthMax;
  for (; excess > 0; excess -= 1) {
    let widest = -1;
    columns.forEach(({ charsMin }, index) => {
      const width = widths[index] ?? 0;
      if (charsMin !== undefined && width > charsMin && width > (widths[widest] ?? 0)) widest = index;
    });
    if (widest < 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}
