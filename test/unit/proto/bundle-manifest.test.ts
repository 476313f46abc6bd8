// A bundle's manifest: there and back, the same bytes for the same files, and refused where it must not be believed.
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type BundleFile,
  bundleSizeBytes,
  distinctObjects,
  manifestFromBytes,
  manifestToBytes,
} from "../../../proto/bundle-manifest.ts";
import { BundleManifestSchema } from "../../../proto/gen/arras/v1/asset_pb.ts";
import { limits } from "../../../proto/limits.ts";

const digest = (digit: string) => digit.repeat(64);
const file = (path: string, digit = "a", sizeBytes = 1): BundleFile => ({ path, sha256: digest(digit), sizeBytes });

const bytesOf = (...files: NonNullable<MessageInitShape<typeof BundleManifestSchema>["files"]>) =>
  toBinary(BundleManifestSchema, create(BundleManifestSchema, { files }));

describe("a manifest", () => {
  it("any files -> the same come back, in the order of their paths; another order -> the same bytes", () => {
    const name = fc.stringMatching(/^[a-zA-Z0-9é木. -]{1,12}$/).filter((text) => text !== "." && text !== "..");
    const files = fc
      .uniqueArray(
        fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => [...names, "f"].join("/")),
        { minLength: 1, maxLength: 20, selector: (path) => path },
      )
      .filter((paths) => paths.every((path) => !paths.some((other) => other.startsWith(`${path}/`))))
      .chain((paths) =>
        fc.tuple(
          ...paths.map((path, index) =>
            fc.record({
              path: fc.constant(path),
              sha256: fc.constant(index.toString(16).padStart(64, "0")),
              sizeBytes: fc.integer({ min: 0, max: 2 ** 34 }),
            }),
          ),
        ),
      );
    fc.assert(
      fc.property(files, fc.func(fc.integer()), (given, key) => {
        const bytes = manifestToBytes(given);
        const shuffled = [...given].sort((a, b) => key(a.path) - key(b.path));
        expect(Buffer.from(manifestToBytes(shuffled)).equals(bytes)).toBe(true);
        const back = manifestFromBytes(bytes);
        expect(back).toEqual([...given].sort((a, b) => (a.path < b.path ? -1 : 1)));
      }),
    );
  });

  it("files with equal contents -> one object, counted as often as they are there", () => {
    const files = [file("a", "1", 5), file("b", "1", 5), file("c", "2", 7)];
    expect(distinctObjects(files).map(({ sha256 }) => sha256)).toEqual([digest("1"), digest("2")]);
    expect(bundleSizeBytes(files)).toBe(17);
  });

  it("bytes that are none, or nothing in them -> message-malformed", () => {
    const broken = [Uint8Array.of(1, 2, 3), new Uint8Array(0), new TextEncoder().encode('{"files":[]}')];
    for (const bytes of broken)
      expect(() => manifestFromBytes(bytes)).toThrow(expect.objectContaining({ code: "message-malformed" }));
  });

  it("a path leads out, two files meet, a digest is none, sizes contradict -> message-malformed, with the path", () => {
    const fault = (...files: Parameters<typeof bytesOf>) => {
      const bytes = bytesOf(...files);
      expect(() => manifestFromBytes(bytes)).toThrow(expect.objectContaining({ code: "message-malformed" }));
      try {
        manifestFromBytes(bytes);
      } catch (thrown) {
        return (thrown as Error).message;
      }
      return "";
    };
    const sha256 = digest("a");
    expect(fault({ path: "../x", sha256 })).toContain('"../x"');
    expect(fault({ path: "/etc/passwd", sha256 })).toContain('"/etc/passwd"');
    expect(fault({ path: "x", sha256 }, { path: "x", sha256 })).toContain('"x" twice');
    expect(fault({ path: "x", sha256 }, { path: "x/y", sha256 })).toContain('"x" twice, or as file and folder');
    expect(fault({ path: "x", sha256: "../../x" })).toContain("no digest");
    expect(fault({ path: "x", sha256, sizeBytes: 1n }, { path: "y", sha256, sizeBytes: 2n })).toContain("two sizes");
    expect(fault({ path: "x", sha256, sizeBytes: 2n ** 63n })).toContain("no size");
  });

  it("bounds -> taken at them, refused beyond, by name", () => {
    const sha256 = digest("a");
    const objectMax = BigInt(limits.objectSizeBytesMax);
    const sizes = [1, 2, 3, 4].map((n) => ({ path: `f${n}`, sha256: digest(String(n)), sizeBytes: objectMax }));
    expect(manifestFromBytes(bytesOf(...sizes))).toHaveLength(4);
    const refused = (bytes: Uint8Array, limit: string) =>
      expect(() => manifestFromBytes(bytes)).toThrow(
        expect.objectContaining({ code: "limit-exceeded", message: expect.stringContaining(limit) }),
      );
    refused(bytesOf(...sizes, { path: "g", sha256, sizeBytes: 1n }), "bundleSizeBytesMax");
    refused(bytesOf({ path: "g", sha256, sizeBytes: objectMax + 1n }), "objectSizeBytesMax");
    refused(new Uint8Array(limits.bundleManifestSizeBytesMax + 1), "bundleManifestSizeBytesMax");
    const many = Array.from({ length: limits.bundleFilesMax }, (_, at) => ({ path: `f${at}`, sha256 }));
    expect(manifestFromBytes(bytesOf(...many))).toHaveLength(limits.bundleFilesMax);
    refused(bytesOf(...many, { path: "g", sha256 }), "bundleFilesMax");
    expect(() => manifestToBytes([...many, { path: "g", sha256 }].map((each) => ({ ...each, sizeBytes: 0 })))).toThrow(
      expect.objectContaining({ code: "limit-exceeded" }),
    );
  });
});
