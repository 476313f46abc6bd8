// Every subject of the bus: `arras.<version>.<who>.<name>.<what>`. Built only here. The comment names the payload.

/** A name as one token: letters, digits, `-` and `_`; anything else becomes `_` so that no subject can be forged. */
function token(name: string): string {
  return name.replace(/[^A-Za-z0-9_-]/g, "_");
}

export const subjects = {
  /** Heartbeat, from each agent. */
  heartbeat: (nodeId: string) => `arras.v1.node.${token(nodeId)}.heartbeat`,
  allHeartbeats: "arras.v1.node.>",
  /** LaunchRequest → LaunchReply. */
  launch: (nodeId: string) => `arras.v1.agent.${token(nodeId)}.launch`,
  /** StopRequest → StopReply. */
  stop: (nodeId: string) => `arras.v1.agent.${token(nodeId)}.stop`,
  /** DrainRequest → DrainReply. */
  drain: (nodeId: string) => `arras.v1.agent.${token(nodeId)}.drain`,
  /** AdoptRequest → AdoptReply. */
  adopt: (nodeId: string) => `arras.v1.agent.${token(nodeId)}.adopt`,
  /** SessionPulse, from the coordinator that owns the session. */
  pulse: (sessionId: string) => `arras.v1.pulse.${token(sessionId)}`,
  allPulses: "arras.v1.pulse.>",
  /** ComputationExited, from the agent that ran it. */
  exited: (sessionId: string) => `arras.v1.session.${token(sessionId)}.exited`,
  /** ComputationUsage, from the agent that runs it. */
  usage: (sessionId: string) => `arras.v1.session.${token(sessionId)}.usage`,
  /** Nothing, from one process to itself: whether the bus carries it. */
  echo: (processId: string) => `arras.v1.echo.${token(processId)}`,
  /** Event, kept in a JetStream stream: a change of state of a session or a node. */
  sessionEvent: (sessionId: string) => `arras.v1.event.session.${token(sessionId)}`,
  nodeEvent: (nodeId: string) => `arras.v1.event.node.${token(nodeId)}`,
  allEvents: "arras.v1.event.>",
  /** Objects by digest, in a stream for each store: a description, and the chunks of one upload. */
  object: (store: string, digest: string) => `arras.v1.object.${token(store)}.${token(digest)}`,
  objectChunks: (store: string, digest: string, upload: string) =>
    `arras.v1.object.${token(store)}.${token(digest)}.${token(upload)}`,
  objectChunk: (store: string, digest: string, upload: string, chunkIndex: number) =>
    `arras.v1.object.${token(store)}.${token(digest)}.${token(upload)}.${chunkIndex}`,
  allObjects: (store: string) => `arras.v1.object.${token(store)}.>`,
} as const;

/** What a farm keeps in NATS: names of key-value buckets, and of streams of objects and events. */
export const storeNames = {
  /** Key-value. Session specifications, by session. */
  sessions: "arras-v1-sessions",
  /** Key-value. Leases: which coordinator owns which session. */
  ownership: "arras-v1-ownership",
  /** Key-value. What is promised on which node, and the queue: one value. */
  places: "arras-v1-places",
  /** Key-value. Sessions that can be gone on with: where their films' checkpoints are. */
  resumable: "arras-v1-resumable",
  /** Objects. Scenes and all that they refer to. */
  assets: "arras-v1-assets",
  /** Objects. Films with their ledgers. */
  checkpoints: "arras-v1-checkpoints",
  /** Objects. Finished images of sessions that have ended. */
  images: "arras-v1-images",
  /** Key-value. Which finished images there are, by session. */
  finished: "arras-v1-finished",
  /** Stream of events. */
  events: "arras-v1-events",
} as const;
