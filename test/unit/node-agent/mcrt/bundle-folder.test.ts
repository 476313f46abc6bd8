// Where a computation reads its scene: by the session's own path, or in the folder that its agent names.
import { describe, expect, it } from "vitest";
import { BundleFolder } from "../../../../node-agent/mcrt/bundle-folder.ts";
import { fakeRender } from "../../../fakes/films.ts";
import { settled } from "../../../fakes/settled.ts";

const sha256 = "a".repeat(64);
const render = (fields: Parameters<typeof fakeRender>[1] = {}) =>
  fakeRender("", {
    bundleSha256: sha256,
    scenePath: "scene/a.gltf",
    environmentPath: "environment/sky.hdr",
    ...fields,
  });
const failed = {
  t: "bundle-failed",
  sha256,
  code: "object-missing",
  message: "gone",
  action: "Submit.",
  path: "scene/a",
} as const;

describe("a scene's paths", () => {
  it("there is no bundle -> as they are, at once", async () => {
    const plain = render({ bundleSha256: "", scenePath: "/shots/a.gltf", environmentPath: "/sky.hdr" });
    expect(await new BundleFolder().located(plain)).toEqual(plain);
  });

  it("there is one -> waited for, also twice, and then in its folder", async () => {
    const bundle = new BundleFolder();
    let locatedCount = 0;
    const both = [0, 1].map(async () => {
      const located = await bundle.located(render());
      locatedCount += 1;
      return located;
    });
    await settled();
    expect(locatedCount).toBe(0);
    bundle.told({ t: "bundle", sha256, folder: "/cache/b1" });
    for (const located of await Promise.all(both)) {
      expect(located).toMatchObject({
        scenePath: "/cache/b1/scene/a.gltf",
        environmentPath: "/cache/b1/environment/sky.hdr",
      });
    }
    expect(await bundle.located(render({ environmentPath: "none" }))).toMatchObject({ environmentPath: "none" });
    expect(await bundle.located(render({ environmentPath: "", scenePath: "" }))).toMatchObject({
      environmentPath: "",
      scenePath: "",
    });
  });

  it("the agent cannot bring it -> its reason, to who waits and to who comes later; brought after all -> there", async () => {
    const bundle = new BundleFolder();
    const waiting = bundle.located(render());
    bundle.told(failed);
    const reason = { code: "object-missing", message: "gone", action: "Submit.", place: { path: "scene/a" } };
    await expect(waiting).rejects.toMatchObject(reason);
    await expect(bundle.located(render())).rejects.toMatchObject(reason);
    bundle.told({ t: "bundle", sha256, folder: "/f" });
    expect(await bundle.located(render())).toMatchObject({ scenePath: "/f/scene/a.gltf" });
  });

  it("the session names a path that leads out, or another bundle came -> message-malformed", async () => {
    const bundle = new BundleFolder();
    bundle.told({ t: "bundle", sha256, folder: "/f" });
    for (const scenePath of ["../x", "/etc/passwd", "scene/../../x"])
      await expect(bundle.located(render({ scenePath }))).rejects.toMatchObject({ code: "message-malformed" });
    bundle.told({ t: "bundle", sha256: "b".repeat(64), folder: "/f" });
    await expect(bundle.located(render())).rejects.toMatchObject({ code: "message-malformed" });
  });
});
