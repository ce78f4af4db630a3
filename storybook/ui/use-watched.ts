/** A value of the demo that changes by itself, in a component. */
import { useSyncExternalStore } from "react";

export interface Watched<T> {
  get(): T;
  subscribe(listener: () => void): () => void;
}

export const useWatched = <T>({ get, subscribe }: Watched<T>): T => useSyncExternalStore(subscribe, get);
