/** One migration by the built command, and what its report says of it. */
import { schoolIdOf } from "../../src/domain/ids.ts";
import type { Measured, Stage } from "./stage.ts";

interface Report {
  readonly domains: Readonly<Record<string, { readonly records: number }>>;
  readonly milliseconds: Readonly<Record<string, number>>;
  readonly verification: { readonly requests: number; readonly equal: boolean };
}

export interface Migration {
  readonly school: string;
  readonly records: number;
  readonly of: Readonly<Record<string, { readonly records: number }>>;
  /** Milliseconds of a step; NaN for one that was not there. */
  step(name: string): number;
  readonly report: Report;
  readonly measured: Measured;
}

/** @param name a word that stands for the school */
export async function migration(stage: Stage, source: string, name: string): Promise<Migration> {
  const measured = await stage.command(["migrate", source, "--yes"], name);
  if (measured.code !== 0)
    throw new Error(`migrate ended with ${measured.code}: ${measured.err}${measured.out.slice(0, 500)}`);
  const report = JSON.parse(measured.out) as Report;
  if (!report.verification.equal) throw new Error("The migration ended with differences.");
  const records = Object.values(report.domains).reduce((sum, domain) => sum + domain.records, 0);
  const step = (step: string): number => report.milliseconds[step] ?? Number.NaN;
  return { school: schoolIdOf(name), records, of: report.domains, step, report, measured };
}
