// What one watcher of the ledger has been told, and what it must be told next. Changes between two looks are joined:
// a slow watcher gets fewer messages, never a backlog.
import { create } from "@bufbuild/protobuf";
import {
  type TileStatus,
  type TileStatuses,
  TileStatusesSchema,
  TileStatusSchema,
} from "../proto/gen/arras/v1/film_pb.ts";
import { limits } from "../proto/limits.ts";
import type { FilmEpoch } from "./film-epoch.ts";

export class TileFeed {
  /** 0: nothing told yet, or told that no film is open. */
  #epoch = 0;
  #seenVersion = 0;
  #ledger: { readonly t: "owed"; readonly untilVersion: number } | { readonly t: "told" } = {
    t: "owed",
    untilVersion: 0,
  };

  /**
   * The next message, or undefined where there is nothing new. First the whole ledger: every tile that has something;
   * tiles that are not named are empty. While no film is open that ledger is empty and of epoch 0. A new epoch begins
   * with its own ledger.
   */
  next(state: FilmEpoch | undefined): TileStatuses | undefined {
    this.#follow(state);
    const changed = state?.ledgerVersions.changedSince(this.#seenVersion) ?? [];
    if (state !== undefined && changed.length > 1) {
      changed.sort((a, b) => state.ledgerVersions.of(a) - state.ledgerVersions.of(b));
      changed.length = Math.min(changed.length, limits.tileStatusesPerMessageMax);
    }
    if (state !== undefined && changed.length > 0)
      this.#seenVersion = state.ledgerVersions.of(changed[changed.length - 1]);
    const ledgerComplete = this.#ledger.t === "owed" && this.#seenVersion >= this.#ledger.untilVersion;
    if (changed.length === 0 && !ledgerComplete) return undefined;
    if (ledgerComplete) this.#ledger = { t: "told" };
    return create(TileStatusesSchema, {
      epoch: this.#epoch,
      tiles: state === undefined ? [] : changed.map((tileIndex) => tileStatus(state, tileIndex)),
      ledgerComplete,
    });
  }

  #follow(state: FilmEpoch | undefined): void {
    if (state === undefined || state.epoch === this.#epoch) return;
    this.#epoch = state.epoch;
    this.#seenVersion = 0;
    this.#ledger = { t: "owed", untilVersion: state.ledgerVersions.latest };
  }
}

export function tileStatus(state: FilmEpoch, tileIndex: number): TileStatus {
  return create(TileStatusSchema, {
    tileIndex,
    cells: state.ledger.regions(tileIndex).map(({ rect, ranges }) => ({ rect, merged: [...ranges] })),
    errors: [...state.errors(tileIndex)],
    version: BigInt(state.ledgerVersions.of(tileIndex)),
  });
}
