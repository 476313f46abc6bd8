// Whether a session's bundle is all there: found out before anything starts, and said by name.
import { describe, expect, it } from "vitest";
import { requireBundle } from "../../../coordinator/bundle-check.ts";
import { manifestToBytes } from "../../../proto/bundle-manifest.ts";
import { limits } from "../../../proto/limits.ts";
import { digestOf, noise } from "../../contract/object-store.contract.ts";
import { fakeRender } from "../../fakes/films.ts";
import { MemoryObjectStore } from "../../fakes/memory-object-store.ts";

const paths = ["scene/a.gltf", "scene/a.bin", "scene/b.png", "environment/sky.hdr"];

/** A store with a bundle of these files, but for the contents of those that are to lack. */
function storeWith(lacking: readonly string[] = []) {
  const store = new MemoryObjectStore();
  const files = paths.map((path, seed) => {
    const bytes = noise(100, seed + 1);
    if (!lacking.includes(path)) store.objects.set(digestOf(bytes), bytes);
    return { path, sha256: digestOf(bytes), sizeBytes: 100 };
  });
  const manifest = manifestToBytes(files);
  const bundleSha256 = digestOf(manifest);
  store.objects.set(bundleSha256, manifest);
  return { store, bundleSha256 };
}

const render = (fields: { bundleSha256: string; scenePath?: string; environmentPath?: string }) =>
  fakeRender("", { scenePath: "scene/a.gltf", environmentPath: "environment/sky.hdr", ...fields });

describe("a session's bundle", () => {
  it("there is none -> fine, with and without a store", async () => {
    await requireBundle(render({ bundleSha256: "", scenePath: "/shots/a.gltf" }), undefined);
    await requireBundle(undefined, undefined);
  });

  it("all of it is there -> fine; also without an environment, or with darkness", async () => {
    const { store, bundleSha256 } = storeWith();
    await requireBundle(render({ bundleSha256 }), store);
    await requireBundle(render({ bundleSha256, environmentPath: "none" }), store);
    await requireBundle(render({ bundleSha256, environmentPath: "" }), store);
  });

  it("files are missing -> object-missing, and their names", async () => {
    const { store, bundleSha256 } = storeWith(["scene/a.bin", "environment/sky.hdr"]);
    await expect(requireBundle(render({ bundleSha256 }), store)).rejects.toMatchObject({
      code: "object-missing",
      message: expect.stringMatching(
        /4 files .* lacks (scene\/a\.bin, environment\/sky\.hdr|environment\/sky\.hdr, scene\/a\.bin)$/,
      ),
    });
    const all = storeWith(paths);
    await expect(requireBundle(render({ bundleSha256: all.bundleSha256 }), all.store)).rejects.toMatchObject({
      code: "object-missing",
    });
  });

  it("the manifest is missing, broken, too large, or none -> said so", async () => {
    const { store, bundleSha256 } = storeWith();
    const refused = (digest: string) => expect(requireBundle(render({ bundleSha256: digest }), store)).rejects;
    await refused(digestOf(noise(3))).toMatchObject({ code: "object-missing" });
    await refused("../../etc/passwd").toMatchObject({ code: "message-malformed" });
    const noManifest = noise(50, 77);
    store.objects.set(digestOf(noManifest), noManifest);
    await refused(digestOf(noManifest)).toMatchObject({ code: "message-malformed" });
    const large = new Uint8Array(limits.bundleManifestSizeBytesMax + 1);
    store.objects.set(digestOf(large), large);
    await refused(digestOf(large)).toMatchObject({ code: "limit-exceeded" });
    store.objects.set(bundleSha256, noise(60));
    await refused(bundleSha256).toMatchObject({ code: "object-broken" });
  });

  it("scene or environment are not in it -> message-malformed, also for paths that lead out", async () => {
    const { store, bundleSha256 } = storeWith();
    for (const scenePath of ["scene/b.gltf", "/etc/passwd", "../scene/a.gltf", "scene/../scene/a.gltf"])
      await expect(requireBundle(render({ bundleSha256, scenePath }), store)).rejects.toMatchObject({
        code: "message-malformed",
      });
    const environment = requireBundle(render({ bundleSha256, environmentPath: "sky.hdr" }), store);
    await expect(environment).rejects.toMatchObject({ code: "message-malformed" });
  });

  it("this farm has no store -> message-malformed", async () => {
    const { bundleSha256 } = storeWith();
    await expect(requireBundle(render({ bundleSha256 }), undefined)).rejects.toMatchObject({
      code: "message-malformed",
    });
  });
});
