// What a page is told, as bytes. Pure.
import { create, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { type ViewerEvent, ViewerEventSchema } from "../../proto/gen/arras/v1/viewer_pb.ts";

export function encodeEvent(event: ViewerEvent["event"]): Uint8Array {
  return toBinary(ViewerEventSchema, create(ViewerEventSchema, { event }));
}

const frameNumber = ViewerEventSchema.field.frame.number;

/** What `encodeEvent` makes of the frame that these bytes are. */
export function frameEvent(frame: Uint8Array): Uint8Array {
  const head = new BinaryWriter().tag(frameNumber, WireType.LengthDelimited).uint32(frame.length).finish();
  return Buffer.concat([head, frame]);
}
