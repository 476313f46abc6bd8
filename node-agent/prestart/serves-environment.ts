// Whether a process that was started with one environment can stand for one that is to have another. Pure.

export type Environment = { readonly [name: string]: string };

/** libuv reads it when the process first needs a thread, which is before an order comes. */
const threadPoolName = "UV_THREADPOOL_SIZE";

/** Everything is equal; a thread pool may be larger, as no more of it is used than an order has threads. */
export function servesEnvironment(present: Environment, wanted: Environment): boolean {
  const names = new Set([...Object.keys(present), ...Object.keys(wanted)]);
  for (const name of names) {
    const [is, ought] = [present[name], wanted[name]];
    if (is === undefined || ought === undefined) return false;
    if (name === threadPoolName ? !(Number(is) >= Number(ought)) : is !== ought) return false;
  }
  return true;
}
