// The region that a client names: which tiles it makes wanted, what is taken back of the others when it is rendered alone,
// and when it has all that it is to have. In which order wanted tiles come is the queues' business.
import type { PixelRect } from "../../proto/rect.ts";
import { isWanted, type PlannedUnit } from "./lease.ts";
import { enqueue, giveBack } from "./returning.ts";
import { countTiles, isInRegion, type PlannerState, requeue } from "./state.ts";
import { isVerifying } from "./verifying.ts";

/** null: none. `isAlone`: nothing else is granted. */
export function setRegion(state: PlannerState, rect: PixelRect | null, isAlone: boolean): void {
  state.region = rect;
  state.isRegionAlone = rect !== null && isAlone;
  chooseWanted(state);
  takeBackUnbegun(state);
  const queued: PlannedUnit[] = [...state.suspects, ...state.aside];
  for (let planned = state.returned.shift(); planned; planned = state.returned.shift()) queued.push(planned);
  state.suspects = [];
  state.aside = [];
  for (const planned of queued) if (planned.place === "queued") enqueue(state, planned);
  requeue(state);
}

/** Of a frame that is new, or whose region is. */
export function chooseWanted(state: PlannerState): void {
  for (const tile of state.frame.tiles) tile.isWanted = !state.isRegionAlone || isInRegion(state, tile);
  countTiles(state);
}

/** What is begun of tiles that are not wanted ends: it is as good later. */
function takeBackUnbegun(state: PlannerState): void {
  for (const { name: computation, held } of state.crew.values()) {
    const waiting = held.filter((lease) => !lease.isStarted && !isWanted(lease.planned));
    if (waiting.length === 0) continue;
    state.effects.push({ t: "cancel", computation, units: waiting.map(({ planned }) => planned.unit) });
    for (const lease of waiting) giveBack(state, lease);
  }
}

/** A frame that is complete has no region any more that would wait for being lifted. */
export function tellRegionDone(state: PlannerState): void {
  const { isRegionAlone, openTileCount, wanted } = state;
  const hasItsSamples = isRegionAlone && wanted.openTileCount === 0 && !isVerifying(state, (tile) => tile.isWanted);
  const isDone = hasItsSamples && (openTileCount > 0 || isVerifying(state));
  if (isDone === state.isRegionDone) return;
  state.isRegionDone = isDone;
  state.effects.push({ t: "region-done", isDone });
}
