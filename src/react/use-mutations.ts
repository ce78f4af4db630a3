/** The writes of a domain in a component, and what became of the last ones. */
import { useMemo, useState } from "react";
import type { AdapterControls, Changes, DomainAdapter, Draft, Written } from "../adapter/contract.ts";
import type { Domain, RecordOfDomain } from "../domain/define-domain.ts";
import type { AdapterError } from "../domain/errors.ts";
import { toAdapterError } from "../remote/api/api-error.ts";
import { useAdapter } from "./hybrid-data-provider.ts";

export interface Mutations<D extends Domain> {
  /** Each rejects with what the adapter refused it for; `error` keeps it for the screen. */
  readonly create: (draft: Draft<RecordOfDomain<D>>) => Promise<Written<RecordOfDomain<D>>>;
  readonly update: (id: string, changes: Changes<RecordOfDomain<D>>) => Promise<Written<RecordOfDomain<D>>>;
  readonly remove: (id: string) => Promise<Written<RecordOfDomain<D>>>;
  /** Writes of this component that wait for their acknowledgement. */
  readonly saving: number;
  /** Why the last write that ended was refused. */
  readonly error: AdapterError | null;
  /** The user has seen the error. */
  readonly dismiss: () => void;
}

export function useMutations<D extends Domain>(domain: D): Mutations<D> {
  const adapter = useAdapter<AdapterControls>();
  const [saving, setSaving] = useState(0);
  const [error, setError] = useState<AdapterError | null>(null);
  const writes = useMemo(() => {
    const own = adapter.domain(domain.name) as DomainAdapter<RecordOfDomain<D>>;
    const told = async <T>(write: () => Promise<T>): Promise<T> => {
      setSaving((count) => count + 1);
      try {
        const written = await write();
        setError(null);
        return written;
      } catch (thrown) {
        const refused = toAdapterError(thrown);
        setError(refused);
        throw refused;
      } finally {
        setSaving((count) => count - 1);
      }
    };
    return {
      create: (draft: Draft<RecordOfDomain<D>>) => told(() => own.create(draft)),
      update: (id: string, changes: Changes<RecordOfDomain<D>>) => told(() => own.update(id, changes)),
      remove: (id: string) => told(() => own.remove(id)),
      dismiss: () => setError(null),
    };
  }, [adapter, domain.name]);
  return useMemo(() => ({ ...writes, saving, error }), [writes, saving, error]);
}
