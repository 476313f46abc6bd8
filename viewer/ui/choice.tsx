// One of several, by a list that phones and keyboards know.

export interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  /** Text of each value, in the order of the list. */
  readonly texts: Readonly<Record<string, string>>;
  readonly hint?: string;
  onChoose(value: string): void;
}

export function Choice({ label, value, texts, hint = "", onChoose }: ChoiceProps) {
  return (
    <label title={hint}>
      <span>{label}</span>
      <select value={value} onChange={(event) => onChoose(event.currentTarget.value)}>
        {Object.entries(texts).map(([name, text]) => (
          <option key={name} value={name}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
