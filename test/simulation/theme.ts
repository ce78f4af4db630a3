/** What the short pieces of `themes.ts` and `deep-themes.ts` are made of. */
import type { Random } from "../../src/domain/random.ts";
import type { Deed, Op } from "./schedule.ts";

/** `device`: 0 is the piece's main one, 1 another. */
interface ThemeStep {
  readonly deed: Deed;
  readonly after: number;
  readonly device: 0 | 1;
}

export type Theme = (random: Random) => ThemeStep[];

export const step = (after: number, device: 0 | 1, deed: Deed): ThemeStep => ({ deed, after, device });

export const write = (tab: number, ...ops: readonly Op[]): Deed => ({ do: "write", tab, ops, group: false });

export const create = (domain: Op["domain"]): Op => ({ kind: "create", domain, parent: 0.5, shared: null });
