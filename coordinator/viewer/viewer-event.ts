// What a page is told, as bytes. Pure.
import { create, toBinary } from "@bufbuild/protobuf";
import { type ViewerEvent, ViewerEventSchema } from "../../proto/gen/arras/v1/viewer_pb.ts";

export function encodeEvent(event: ViewerEvent["event"]): Uint8Array {
  return toBinary(ViewerEventSchema, create(ViewerEventSchema, { event }));
}
