// Frames as bytes: what anybody who decodes them reads, and what is read of them without that.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { encodedFrame, frameBytes } from "../../../host/encoded-frame.ts";
import { PreviewEncoding, PreviewFrameSchema } from "../../../proto/gen/arras/v1/preview_pb.ts";

const frame = {
  frameIndex: 2n ** 40n,
  epoch: 3,
  encoding: PreviewEncoding.HALF,
  isWhole: true,
  denoiser: { name: "a denoiser", missing: "" },
};
const rect = { x0: 64, y0: 0, x1: 128, y1: 64 };
const tile = { output: "beauty", rect, version: 7n, sppMean: 2.5, stridePx: 1, channelCount: 4 };

describe("an encoded frame", () => {
  it.each([0, 1, 127, 128, 40_000])("tiles, one of %i bytes -> decoded, the same", (sizeBytes) => {
    const contents = [new Uint8Array(sizeBytes).fill(5), Uint8Array.of(1, 2, 3)];
    const bytes = frameBytes(
      frame,
      contents.map((content) => ({ fields: tile, content })),
    );
    const expected = create(PreviewFrameSchema, { ...frame, tiles: contents.map((content) => ({ ...tile, content })) });
    const decoded = fromBinary(PreviewFrameSchema, bytes);
    expect(toBinary(PreviewFrameSchema, decoded)).toEqual(toBinary(PreviewFrameSchema, expected));
    expect(encodedFrame(bytes)).toEqual({ frameIndex: frame.frameIndex, bytes });
  });

  it("no tiles -> the frame alone", () => {
    expect(fromBinary(PreviewFrameSchema, frameBytes(frame, [])).tiles).toEqual([]);
  });

  it("encoded by others, its fields in another order -> its index all the same", () => {
    const head = frameBytes({ frameIndex: 9n }, []);
    const rest = frameBytes({ epoch: 1 }, [{ fields: tile, content: new Uint8Array(10) }]);
    expect(encodedFrame(Buffer.concat([rest, head])).frameIndex).toBe(9n);
  });

  it("bytes that are no message -> an error", () => {
    expect(() => encodedFrame(Buffer.from([0x22, 0xff, 0x01]))).toThrow();
    expect(() => encodedFrame(Buffer.from([0x07]))).toThrow();
  });
});
