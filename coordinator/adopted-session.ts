// How a session that another coordinator began goes on here, from what its record says.
import type { SessionRecord } from "../proto/gen/arras/v1/record_pb.ts";
import { Adoption, soughtOf, tellFound } from "./adoption.ts";
import type { Crew } from "./crew.ts";
import type { MergerHost } from "./merger-host.ts";
import type { SessionLife } from "./session-life.ts";
import type { SessionSurroundings } from "./session-plan.ts";
import { stateFromRecord } from "./session-state.ts";
import type { SessionTally } from "./session-tally.ts";
import type { SessionTelling } from "./session-telling.ts";

export interface AdoptingParts {
  readonly life: SessionLife;
  readonly tally: SessionTally;
  readonly telling: SessionTelling;
  readonly merger: MergerHost;
  readonly crew: Crew;
}

/**
 * What of it still runs is found out once the adoption is started. `reopened`: it had ended, and of its processes only the
 * merger is there.
 */
export function adoptSession(
  record: SessionRecord,
  parts: AdoptingParts,
  world: SessionSurroundings,
  { reopened = false } = {},
): Adoption {
  const { life, tally, telling, merger, crew } = parts;
  const { connectedAtMs = 0, preparedAtMs = 0 } = tally;
  const isMerger = (name: string) => merger.isMerger(name);
  life.wish = record.wish;
  life.resume(stateFromRecord(record, { connectedAtMs, preparedAtMs }));
  crew.adopt(record.computations);
  const merge = record.computations.find(({ name }) => isMerger(name));
  merger.adopt(merge?.attempt || 1, Number(merge?.formerLimitBytes ?? 0));
  if (life.isFinal) {
    telling.final = record.final;
    life.isEnding = true;
    merger.keep();
  } else if (reopened) telling.notice(3, `It goes on, and gets ${record.budgetSpp} samples per pixel now`);
  else telling.notice(3, "Another coordinator has taken the session over");
  const sought = soughtOf(record, { hasEnded: life.isFinal || reopened, isMerger });
  return new Adoption(record.sessionId, new Set(sought.map(({ nodeId }) => nodeId)), {
    ...world,
    found: (nodeId, running) => {
      const there = sought.filter((each) => each.nodeId === nodeId);
      if (life.mayAct()) tellFound(there, running, merger, crew);
    },
  });
}
