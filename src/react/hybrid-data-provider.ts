/** Gives the components below it the adapter. */
import { createContext, createElement, type ReactNode, useContext } from "react";
import type { AdapterControls, HybridDataAdapter } from "../adapter/contract.ts";
import { AdapterError } from "../domain/errors.ts";
import type { SchoolDomain } from "../remote/api/school-domain.ts";

const AdapterContext = createContext<AdapterControls | null>(null);

export interface HybridDataProviderProps {
  readonly adapter: AdapterControls;
  readonly children?: ReactNode;
}

/** Opening and closing the adapter is the app's business: a provider that is drawn twice must not open two. */
export function HybridDataProvider({ adapter, children }: HybridDataProviderProps): ReactNode {
  return createElement(AdapterContext.Provider, { value: adapter }, children);
}

/**
 * The adapter of the provider above; name its type where it has domains of its own.
 * @throws CONFIG_INVALID outside a provider
 */
export function useAdapter<A extends AdapterControls = HybridDataAdapter<SchoolDomain>>(): A {
  const adapter = useContext(AdapterContext);
  if (adapter === null) {
    throw new AdapterError("CONFIG_INVALID", "A hook of hybrid-data-adapter stands outside its provider.", {
      place: "HybridDataProvider",
      fix: "Put <HybridDataProvider adapter={adapter}> around the app.",
    });
  }
  return adapter as A;
}
