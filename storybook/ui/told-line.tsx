/** The line in which a component says what became of the last write; read out when it changes. */
import type { Told } from "./use-told.ts";

export const ToldLine = ({ told, idle }: { readonly told: Told | null; readonly idle: string }) => (
  <p className={`told told-${told?.kind ?? "idle"}`} role="status">
    {told?.text ?? idle}
  </p>
);
