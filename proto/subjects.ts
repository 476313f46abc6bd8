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
  /** ComputationExited, from the agent that ran it. */
  exited: (sessionId: string) => `arras.v1.session.${token(sessionId)}.exited`,
  /** ComputationUsage, from the agent that runs it. */
  usage: (sessionId: string) => `arras.v1.session.${token(sessionId)}.usage`,
} as const;
