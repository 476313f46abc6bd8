// PreviewFrame as bytes, for those who hand it on: decoding and encoding it is as much work as all else that they do with it.
// Written with its tiles last, as each is: a field's place in a message is no matter. Pure.
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { PreviewFrameSchema, PreviewTileSchema } from "../proto/gen/arras/v1/preview_pb.ts";

export interface EncodedFrame {
  readonly frameIndex: bigint;
  /** All of the message. */
  readonly bytes: Buffer;
}

const frameIndexNumber = PreviewFrameSchema.field.frameIndex.number;

/** Throws where the bytes are no message; what else is in it is not looked at. */
export function encodedFrame(bytes: Buffer): EncodedFrame {
  const reader = new BinaryReader(bytes);
  let frameIndex = 0n;
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    if (number === frameIndexNumber && wireType === WireType.Varint) frameIndex = BigInt(reader.uint64());
    else reader.skip(wireType, number);
  }
  return { frameIndex, bytes };
}

type TileFields = Omit<MessageInitShape<typeof PreviewTileSchema>, "$typeName" | "content">;
type FrameFields = Omit<MessageInitShape<typeof PreviewFrameSchema>, "$typeName" | "tiles">;

export interface FrameTile {
  readonly fields: TileFields;
  readonly content: Uint8Array;
}

/** The bytes of `content` are copied once. */
export function frameBytes(fields: FrameFields, tiles: readonly FrameTile[]): Buffer {
  const parts: Uint8Array[] = [toBinary(PreviewFrameSchema, create(PreviewFrameSchema, fields as FrameFields))];
  for (const { fields: tileFields, content } of tiles) {
    const tile = toBinary(PreviewTileSchema, create(PreviewTileSchema, tileFields));
    const contentHead = new BinaryWriter()
      .tag(PreviewTileSchema.field.content.number, WireType.LengthDelimited)
      .uint32(content.length)
      .finish();
    const head = new BinaryWriter()
      .tag(PreviewFrameSchema.field.tiles.number, WireType.LengthDelimited)
      .uint32(tile.length + contentHead.length + content.length)
      .finish();
    parts.push(head, tile, contentHead, content);
  }
  return Buffer.concat(parts);
}
