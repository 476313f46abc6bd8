// The flags that our processes are started with. They cannot be set from inside.

/**
 * Once a process has little to do, V8 collects its whole heap, twice, so as to give memory back: 20 to 60 ms of processor
 * time in each of a render's processes, beside those that render.
 */
const noMemoryReducer = "--no-memory-reducer";

/**
 * Bytes of bytecode that a function runs through before V8 considers it for its optimising compiler; 67,584 is usual
 * (Node 20). A render's processes do each of a hundred things a few times a second, so that this compiler, on threads of
 * its own, was at it for minutes: a sixth of the processor time that they take beside those that render. What is hot
 * indeed gets there within some milliseconds.
 */
const interruptBudget = "--interrupt-budget=2000000";

/** In the first line of bin/arras-render.js. */
export const renderNodeFlags = [noMemoryReducer, interruptBudget] as const;

/**
 * `--initial-old-space-size`: messages' bytes lie outside V8's heap but count against its limit, which starts small; so
 * a merger ran a full collection every 8 MB received. A limit of 384 MB from the start lets them die young: half the
 * CPU time a contribution, the same peak memory (Node 20, 80 KB contributions).
 */
export const computationNodeFlags = [
  "--enable-source-maps",
  "--initial-old-space-size=384",
  noMemoryReducer,
  interruptBudget,
] as const;

/**
 * In the first line of bin/arras-coordinator.js. `--max-semi-space-size`, MB: units live for half a second, so V8 copies
 * those that are out at each collection of young objects. In 16 MB, as is usual, that takes 10 ms with 2,000 agents, in
 * which no grant leaves; small ones come more often and take 1 ms (`make bench`, farm: p99 of a grant 7 to 11 ms and 5 ms).
 *
 * `--initial-old-space-size`, MB: V8 collected the whole heap every four sessions, in 50 to 90 steps beside a session's
 * first picture (10 to 100 ms of processor time); now after some forty. It takes 25 MB more.
 */
export const coordinatorNodeFlags = ["--max-semi-space-size=1", "--initial-old-space-size=128"] as const;
