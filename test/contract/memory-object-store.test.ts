// The store that tests look into keeps the contract of those that it stands for.
import { MemoryObjectStore } from "../fakes/memory-object-store.ts";
import { objectStoreContract } from "./object-store.contract.ts";

objectStoreContract("MemoryObjectStore", async () => ({ store: new MemoryObjectStore(), close: async () => {} }));
