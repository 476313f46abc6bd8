// Adaptive tiles after samples were taken out: what was decided on wrong samples is decided again, by the errors that the
// film has now. The merger adds nothing meanwhile that these do not ask for (TakeOutRequest.stop_rule).
import { type Standing, standingBy } from "../../proto/stop-rule.ts";
import { isCoarse } from "../../proto/unit.ts";
import type { TileReport } from "./events.ts";
import type { Tile } from "./frame.ts";
import { cancelLeases, type PlannerState, retire } from "./state.ts";

/** Before the ledger's report of it is looked into otherwise, which raises what counts as cut. */
export function decideAnew(state: PlannerState, tile: Tile, report: TileReport | undefined): void {
  const { adaptive } = state.settings;
  if (adaptive === null) return;
  const errors = report?.errors ?? [];
  const known = standingBy(adaptive, (count) => errors.find(({ spp }) => spp === count)?.value);
  const isConverged = known.t === "converged";
  if (known.spp === tile.decisionSpp && isConverged === tile.isConverged) return;
  const cutEnd = dropBeyond(state, tile, known);
  for (const cell of tile.cells) if (cell.state === "whole") cell.cutEnd = cutEnd;
  tile.isConverged = isConverged;
  tile.decisionSpp = known.spp;
}

/** What nobody asks for now ends. Says how far the rest goes. */
function dropBeyond(state: PlannerState, tile: Tile, { spp }: Standing): number {
  let cutEnd = 0;
  for (const planned of tile.outstanding.slice()) {
    const { sampleEnd } = planned.unit;
    if (isCoarse(planned.unit)) continue;
    if (sampleEnd <= spp) {
      cutEnd = Math.max(cutEnd, sampleEnd);
      continue;
    }
    cancelLeases(state, planned);
    retire(state, planned);
  }
  return cutEnd;
}
