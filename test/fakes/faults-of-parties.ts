// What happens to some of three parties that share stores: each runs, stands still, is cut off or joins again for a while.
import fc from "fast-check";

export interface PartyStep {
  readonly party: number;
  readonly what: "run" | "stall" | "cut" | "join";
  readonly ms: number;
}

export function partySteps(lengthMax: number): fc.Arbitrary<PartyStep[]> {
  const step = fc.record<PartyStep>({
    party: fc.nat(2),
    what: fc.constantFrom("run", "stall", "cut", "join"),
    ms: fc.integer({ min: 50, max: 3_000 }),
  });
  return fc.array(step, { maxLength: lengthMax });
}
