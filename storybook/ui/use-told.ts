/** What became of the writes of a component, in words for a live region. */
import { useState } from "react";
import type { SliceError } from "../../slices/slice-error.ts";
import type { Written } from "../../src/adapter/contract.ts";

export interface Told {
  readonly kind: "busy" | "done" | "failed";
  readonly text: string;
}

const places: Readonly<Record<Written["acknowledged"], string>> = {
  local: "saved on this device",
  server: "saved on the server",
  pending: "kept on this device; the server has not answered yet",
};

/** @returns what is told, and `tell`: follows one write; its promise says whether it was taken and never rejects */
export function useTold() {
  const [told, setTold] = useState<Told | null>(null);
  async function tell(what: string, write: Promise<readonly Written[]>): Promise<boolean> {
    setTold({ kind: "busy", text: `${what}: saving…` });
    try {
      const [first] = await write;
      setTold({ kind: "done", text: `${what}: ${first ? places[first.acknowledged] : "nothing to save"}.` });
      return true;
    } catch (thrown) {
      const { message, fix, code } = thrown as SliceError;
      setTold({ kind: "failed", text: `${what}: refused, ${code}. ${message} ${fix}` });
      return false;
    }
  }
  return { told, tell };
}
