// The flags that our computations' processes are started with.

/**
 * `--initial-old-space-size`: messages' bytes lie outside V8's heap but count against its limit, which starts small; so
 * a merger ran a full collection every 8 MB received. A limit of 384 MB from the start lets them die young: half the
 * CPU time a contribution, the same peak memory (Node 20, 80 KB contributions). It cannot be set from inside.
 */
export const computationNodeFlags = ["--enable-source-maps", "--initial-old-space-size=384"] as const;
