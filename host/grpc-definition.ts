// A protobuf-es service as grpc-js wants it: paths, stream kinds, and functions between messages and bytes.
import { type DescService, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import type { MethodDefinition, ServiceDefinition } from "@grpc/grpc-js";

export function grpcDefinition(service: DescService): ServiceDefinition {
  const definition: Record<string, MethodDefinition<object, object>> = {};
  for (const method of service.methods) {
    definition[method.localName] = {
      path: `/${service.typeName}/${method.name}`,
      requestStream: method.methodKind === "client_streaming" || method.methodKind === "bidi_streaming",
      responseStream: method.methodKind === "server_streaming" || method.methodKind === "bidi_streaming",
      requestSerialize: (message) => bufferOf(toBinary(method.input, message as MessageShape<typeof method.input>)),
      requestDeserialize: (bytes) => fromBinary(method.input, bytes),
      responseSerialize: (message) =>
        // What is encoded already goes as it is.
        bufferOf(
          message instanceof Uint8Array
            ? message
            : toBinary(method.output, message as MessageShape<typeof method.output>),
        ),
      responseDeserialize: (bytes) => fromBinary(method.output, bytes),
    };
  }
  return definition;
}

/** The same bytes, not a copy of them. */
function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
