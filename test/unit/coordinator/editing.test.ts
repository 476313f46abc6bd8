// Edits while a session renders, as scenarios: what begins an epoch, what waits, who is answered and told.
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { beforeEach, describe, expect, it } from "vitest";
import { SessionEditing } from "../../../coordinator/editing.ts";
import { SceneEpoch } from "../../../coordinator/scene-epoch.ts";
import type { SessionState } from "../../../coordinator/session-state.ts";
import { ArrasError } from "../../../proto/errors.ts";
import { PreparedSchema } from "../../../proto/gen/arras/v1/budget_pb.ts";
import { SceneContentsSchema, SceneEditsSchema } from "../../../proto/gen/arras/v1/edits_pb.ts";
import { limits } from "../../../proto/limits.ts";
import { FakeClock } from "../../fakes/fake-clock.ts";
import { FakeLauncher } from "../../fakes/fake-launcher.ts";
import { owning, sessionPlan, sessionRecord } from "../../fakes/session-plans.ts";
import { settled } from "../../fakes/settled.ts";
import { silentLog } from "../../fakes/silent-log.ts";

const contents = create(SceneContentsSchema, { lights: [{ id: "lamp" }], objects: [{ id: "chair" }] });
const edits = (fields: MessageInitShape<typeof SceneEditsSchema>) => create(SceneEditsSchema, fields);
const bright = (r: number) => edits({ lights: [{ id: "lamp", intensity: { r, g: 0, b: 0 } }] });
const prepared = create(PreparedSchema, { contents });

describe("a session's edits", () => {
  let clock: FakeClock;
  let scene: SceneEpoch;
  let editing: SessionEditing;
  let acts: string[];
  let saving: Promise<boolean> | undefined;
  const life = { mayAct: () => true, isFinal: false, isEnding: false, state: { t: "preparing" } as SessionState };
  const work = { hasFirstPicture: true, startEpoch: () => void acts.push(`start ${scene.number}`) };
  const film = {
    isRead: true,
    leaveEpoch: () => void acts.push(`leave ${scene.number}`),
    openEpoch: () => void acts.push(`open ${scene.number}`),
  };
  let quickenedCount: number;
  const pulse = { quicken: () => void quickenedCount++ };

  beforeEach(() => {
    clock = new FakeClock();
    acts = [];
    quickenedCount = 0;
    saving = undefined;
    Object.assign(life, { isFinal: false, isEnding: false, state: { t: "preparing" } });
    Object.assign(work, { hasFirstPicture: true });
    begin();
    scene.shown("mcrt_i0", prepared);
    editing.tick();
  });

  function begin(): void {
    scene = SceneEpoch.fromRecord(sessionRecord());
    const world = { ...owning, clock, launcher: new FakeLauncher(), log: silentLog, save: () => saving };
    const notice = (level: number, text: string) => void acts.push(`${level} ${text}`);
    editing = new SessionEditing(sessionPlan(), world, { life, scene, work, film, pulse, notice });
  }

  it("an edit comes -> a new epoch: the old film is left and work dropped at once, the new film opened", async () => {
    expect(await editing.edit(bright(2), "Anna")).toBe(2);
    expect(acts).toEqual(["leave 2", "start 2", "open 2"]);
    expect(scene.record).toMatchObject({ epoch: 2, editor: "Anna", edits: bright(2) });
  });

  it("the film is opened only when the record has the epoch", async () => {
    let save: (isOurs: boolean) => void = () => {};
    saving = new Promise((resolve) => {
      save = resolve;
    });
    const edited = editing.edit(bright(2), "");
    await settled();
    expect(acts).toEqual(["leave 2", "start 2"]);
    save(true);
    expect(await edited).toBe(2);
    expect(acts.at(-1)).toBe("open 2");
  });

  it("the record is another coordinator's meanwhile -> the edit is to be tried there, nothing is opened", async () => {
    saving = Promise.resolve(false);
    await expect(editing.edit(bright(2), "")).rejects.toMatchObject({ code: "unavailable" });
    expect(acts).not.toContain("open 2");
  });

  it("twenty edits come before the first picture -> two epochs, the last one's wins, all are answered with it", async () => {
    work.hasFirstPicture = false;
    clock.advance(limits.editWaitMsMax);
    expect(await editing.edit(bright(1), "")).toBe(2);
    const others = Array.from({ length: 19 }, (_, index) => editing.edit(bright(index + 2), `editor ${index + 2}`));
    await settled();
    editing.tick();
    expect(scene.number).toBe(2);
    work.hasFirstPicture = true;
    editing.tick();
    expect(new Set(await Promise.all(others))).toEqual(new Set([3]));
    expect(scene.record).toMatchObject({ epoch: 3, editor: "editor 20", edits: bright(20) });
  });

  it("the scene is not described -> often looked for while it may be loaded, and not any more once it renders", () => {
    begin();
    quickenedCount = 0;
    editing.tick();
    expect(quickenedCount).toBe(1);
    life.state = { t: "rendering", connectedAtMs: 0, preparedAtMs: 0 };
    editing.tick();
    expect(quickenedCount).toBe(1);
  });

  it("the first picture does not come for long -> the newest edit goes on without it", async () => {
    work.hasFirstPicture = false;
    clock.advance(limits.editWaitMsMax);
    await editing.edit(bright(1), "");
    const next = editing.edit(bright(2), "");
    clock.advance(limits.editWaitMsMax - 1);
    quickenedCount = 0;
    editing.tick();
    expect([scene.number, quickenedCount]).toEqual([2, 1]);
    clock.advance(1);
    editing.tick();
    expect(await next).toBe(3);
  });

  it("the frame is rendered while an edit waits -> it is begun, and the session does not end", async () => {
    work.hasFirstPicture = false;
    clock.advance(limits.editWaitMsMax);
    await editing.edit(bright(1), "");
    expect(editing.isWaiting).toBe(false);
    const next = editing.edit(bright(2), "");
    expect(editing.isWaiting).toBe(true);
    editing.complete();
    expect(await next).toBe(3);
  });

  it("the same edits again -> the present epoch; a restart -> a new one with the same edits", async () => {
    await editing.edit(bright(2), "Anna");
    expect(await editing.edit(bright(2), "Bert")).toBe(2);
    expect(await editing.restart()).toBe(3);
    expect(scene.record).toMatchObject({ epoch: 3, editor: "Anna", edits: bright(2) });
  });

  it("whoever looks -> is told the scene when it is known, and each edit of anybody with his name", async () => {
    const told: string[] = [];
    const stop = editing.watch(({ epoch, editor }) => void told.push(`${epoch} ${editor}`));
    await editing.edit(bright(2), "Anna");
    await settled();
    stop();
    await editing.edit(bright(3), "Bert");
    expect(told).toEqual(["1 ", "2 Anna"]);
    expect(editing.read()).toMatchObject({ epoch: 3, editor: "Bert", contents, edits: bright(3) });
  });

  it.each([
    ["a light that is not there", edits({ lights: [{ id: "sun" }] }), "edit-impossible"],
    ["a value that cannot be", bright(-1), "edit-impossible"],
    ["an environment where there is none", edits({ environment: { rotationDeg: 1 } }), "edit-impossible"],
  ])("%s -> refused, and nothing was changed", async (_, wrong, code) => {
    await expect(editing.edit(wrong, "")).rejects.toMatchObject({ code });
    expect([scene.number, acts]).toEqual([1, []]);
  });

  it("an editor with too long a name -> refused", async () => {
    const name = "x".repeat(limits.editorCharsMax + 1);
    await expect(editing.edit(bright(2), name)).rejects.toMatchObject({ code: "limit-exceeded" });
  });

  it("nobody has loaded the scene yet -> not yet", async () => {
    scene.contents = undefined;
    await expect(editing.edit(bright(2), "")).rejects.toMatchObject({ code: "session-state" });
    expect(() => editing.read()).toThrow(expect.objectContaining({ code: "session-state" }));
  });

  it("taken over while it renders -> unavailable until a computation is back; after its end -> its edits alone", async () => {
    scene.contents = undefined;
    life.state = { t: "rendering", connectedAtMs: 0, preparedAtMs: 0 };
    await expect(editing.edit(bright(2), "")).rejects.toMatchObject({ code: "unavailable" });
    life.isFinal = true;
    expect([editing.read().epoch, editing.read().contents]).toEqual([1, undefined]);
  });

  it("the session ends while an edit waits -> told so; has ended -> refused", async () => {
    work.hasFirstPicture = false;
    clock.advance(limits.editWaitMsMax);
    await editing.edit(bright(1), "");
    const waiting = editing.edit(bright(2), "");
    editing.end();
    await expect(waiting).rejects.toMatchObject({ code: "session-state" });
    life.isEnding = true;
    await expect(editing.edit(bright(2), "")).rejects.toMatchObject({ code: "session-state" });
  });

  it("a computation cannot show an edit -> back to the scene before, and everybody is told", async () => {
    await editing.edit(bright(2), "Anna");
    scene.shown("mcrt_i0", prepared);
    await editing.edit(bright(3), "Bert");
    acts = [];
    const error = new ArrasError("edit-impossible", { message: "no such light", action: "a" });
    expect(editing.refused(error)).toBe(true);
    expect(editing.refused(error)).toBe(true);
    await settled();
    expect(acts[0]).toContain("1 The scene cannot be changed like that");
    expect(scene.record).toMatchObject({ epoch: 4, editor: "Anna", edits: bright(2) });
  });

  it("the edits that a session began with cannot be shown -> that is the session's failure", () => {
    const fresh = SceneEpoch.fromRecord(sessionRecord());
    const world = { ...owning, clock, launcher: new FakeLauncher(), log: silentLog };
    const first = new SessionEditing(sessionPlan(), world, { life, scene: fresh, work, film, pulse, notice: () => {} });
    expect(first.refused(new ArrasError("edit-impossible", { message: "m", action: "a" }))).toBe(false);
    expect(first.refused(new ArrasError("scene-broken", { message: "m", action: "a" }))).toBe(false);
  });
});
