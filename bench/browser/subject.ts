/** A store under measurement: the same work for each. */
import type { AnyRecord } from "../../src/domain/define-domain.ts";

export interface Subject {
  /** Fills a new, empty store. */
  fill(records: readonly AnyRecord[]): Promise<void>;
  /** One record that changes, on disk when it resolves. */
  put(record: AnyRecord): Promise<void>;
  /** As `put` for each at once: callers that do not know of each other. */
  putAll(records: readonly AnyRecord[]): Promise<void>;
  close(): Promise<void>;
}

export const requested = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
