/** A disk that fails on demand: it counts its operations and can die, refuse, lose or hang at any of them. */
import { AdapterError } from "../../src/domain/errors.ts";
import type { Storage } from "../../src/local/storage.ts";

export type Operation = "read" | "scan" | "keys" | "commit" | "estimate" | "close";

/** `null`: nothing goes wrong at this operation. */
export type Fault =
  /** The tab dies before the operation, or just after it; nothing of the tab runs any more. */
  | "crash before"
  | "crash after"
  /** Nothing was kept: refused at once, aborted later, aborted after the request had succeeded, or with a foreign error. */
  | "quota at once"
  | "quota late"
  | "quota after success"
  | "fails"
  /** The connection is gone; the operation happened, or it did not. */
  | "lost, done"
  | "lost, not done"
  | "hangs"
  | null;

export interface FaultyStorage extends Storage {
  /** How many operations were begun. */
  readonly operations: number;
  /** Resolves when the tab died. */
  readonly crashed: Promise<void>;
}

const forever = new Promise<never>(() => undefined);

/** @param plan decides for the n-th operation, from 1 on */
export function faultyStorage(inner: Storage, plan: (n: number, operation: Operation) => Fault): FaultyStorage {
  let operations = 0;
  let dead = false;
  let die: () => void = () => undefined;
  const crashed = new Promise<void>((resolve) => {
    die = resolve;
  });
  const full = () => new AdapterError("STORAGE_FULL", "The disk is full.");
  const lost = () => new AdapterError("STORAGE_LOST", "The connection is gone.");

  async function run<T>(operation: Operation, work: () => Promise<T>): Promise<T> {
    if (dead) return forever;
    operations += 1;
    const fault = plan(operations, operation);
    switch (fault) {
      case null:
        break;
      case "crash before":
        dead = true;
        die();
        return forever;
      case "crash after":
        await work();
        dead = true;
        die();
        return forever;
      case "quota at once":
        throw full();
      case "quota late":
      case "quota after success":
        for (let i = 0; i < 5; i++) await Promise.resolve();
        throw full();
      case "fails":
        throw new Error("the disk says no");
      case "lost, done":
        await work();
        throw lost();
      case "lost, not done":
        throw lost();
      case "hangs":
        return forever;
    }
    const result = await work();
    return dead ? forever : result;
  }

  return {
    durability: inner.durability,
    shared: inner.shared,
    read: (keys) => run("read", () => inner.read(keys)),
    scan: (prefix) => run("scan", () => inner.scan(prefix)),
    keys: (prefix) => run("keys", () => inner.keys(prefix)),
    commit: (change) => run("commit", () => inner.commit(change)),
    estimate: () => run("estimate", () => inner.estimate()),
    close: () => run("close", () => inner.close()),
    get operations() {
      return operations;
    },
    crashed,
  };
}
