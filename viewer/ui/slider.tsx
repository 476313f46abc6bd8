// A number that is dragged, and told beside it.

export interface SliderProps {
  readonly label: string;
  /** Least, greatest, step. */
  readonly range: readonly [number, number, number];
  readonly value: number;
  /** For people; absent: two digits. */
  readonly text?: string;
  readonly isDisabled?: boolean;
  onChange(value: number): void;
}

export function Slider({ label, range: [min, max, step], value, text, isDisabled = false, onChange }: SliderProps) {
  const shown = text ?? value.toFixed(2).replace(/0$/, "");
  return (
    <label>
      <span>{label}</span>
      <input
        type="range"
        min={min}
        max={max}
        step={step}
        value={value}
        aria-valuetext={shown}
        disabled={isDisabled}
        onInput={(event) => onChange(event.currentTarget.valueAsNumber)}
      />
      <span class="value" aria-hidden="true">
        {shown}
      </span>
    </label>
  );
}
