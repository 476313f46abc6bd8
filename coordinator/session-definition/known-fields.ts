// The fields of Arras's definitions that are plain values, with the type Arras reads them as. A value of another type
// is ignored there ("continuous": "false" is a text, so it is), and reported here.

export type PlainType = "number" | "boolean" | "string";

/** Fields of a computation; `$array…` texts may stand for the numbers. */
export const computationOptions: { readonly [name: string]: PlainType } = {
  fps: "number",
  numMachines: "number",
  machineId: "number",
  scene: "string",
  dsopath: "string",
  enableDepthBuffer: "boolean",
  exec_mode: "string",
  fastGeometry: "boolean",
  frameGating: "boolean",
  initialCredit: "number",
  sendCredit: "boolean",
  packTilePrecision: "string",
  renderMode: "string",
  sendLogMessages: "boolean",
  auto_affinity: "string",
  cpu_affinity: "string",
  mem_affinity: "string",
  socket_affinity: "string",
  applicationMode: "string",
  allowCoreDump: "boolean",
  continuous: "boolean",
  partialMergeRefreshInterval: "number",
  traceThreshold: "number",
  workingDirectory: "string",
  saveIncomingTo: "string",
  saveOutgoingTo: "string",
  saveDefinitionTo: "string",
  saveConfigTo: "string",
  saveRoutingTo: "string",
};

/** Objects and requirements that are known and mean nothing here. */
export const ignoredObjects: ReadonlySet<string> = new Set(["messaging", "chunking"]);
export const ignoredRequirements: ReadonlySet<string> = new Set([
  "computationAPI",
  "context",
  "packaging_system",
  "script",
  "rez_packages",
  "rez_packages_prepend",
  "rez_context",
  "rez_context_file",
]);
