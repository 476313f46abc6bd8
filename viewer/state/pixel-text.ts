// What is said of the pixel under the pointer.
import { shownOutput } from "./outputs.ts";

/** "R 0.1234  G 1.5  B 65504": as exact as a half float is. `values`: of the texture's channels. */
export function valuesText(output: string, values: ArrayLike<number>): string {
  const { channels, kind } = shownOutput(output);
  return channels
    .map((name, index) => {
      const value = values[index] ?? 0;
      return channels.length === 1 ? numberText(value, kind === "id") : `${name} ${numberText(value, false)}`;
    })
    .join("  ");
}

export function numberText(value: number, isWhole: boolean): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
  // Four digits tell halves apart; more would be false.
  return isWhole ? String(Math.round(value)) : String(Number(value.toPrecision(4)));
}
