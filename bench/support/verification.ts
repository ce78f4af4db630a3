/** T7 and T8: what a verification asks and moves, when the sides are equal and when ten records differ. */
import type { Migration } from "./migration.ts";
import type { Stage } from "./stage.ts";
import { type Figure, median, withSpread } from "./table.ts";

interface Verified {
  readonly equal: boolean;
  readonly requests: number;
  readonly bytes: number;
  readonly differences: readonly unknown[];
}

/** Exit code 1 says that the sides differ; the object is printed all the same. */
function verificationOf({ out, err }: { readonly out: string; readonly err: string }): Verified {
  const [first] = (JSON.parse(out) as { imports?: readonly Verified[] }).imports ?? [];
  if (!first) throw new Error(`verify ended without a verification: ${err}`);
  return first;
}

export async function verification(stage: Stage, source: string, loaded: Migration, name: string): Promise<Figure[]> {
  const { school, records, report } = loaded;
  // The one request that a verification of equal sides is.
  const authorization = `Bearer ${await stage.token(name)}`;
  const asked: number[] = [];
  let answered = 0;
  for (let i = 0; i < 7; i++) {
    const began = performance.now();
    const answer = await fetch(`${stage.url}/api/sync/digest?width=0`, { headers: { authorization } });
    answered = (await answer.arrayBuffer()).byteLength;
    asked.push(performance.now() - began);
  }
  const verified = verificationOf(await stage.command(["verify", source], name));
  const equal: Figure = {
    target: "T7",
    work: `verify ${records} equal records`,
    ours: `${report.verification.requests} request, ${answered} bytes, ${withSpread(asked, "ms")}`,
    beside: "",
    ratio: null,
    goal: "1 request, ≤ 2 KB, ≤ 100 ms",
    note: `the request of the proof that ends a migration; the command asks ${verified.requests}, to find the import first`,
    reached: verified.equal && report.verification.requests === 1 && answered <= 2048 && median(asked) <= 100,
  };
  await stage.sql`update grades set comments = 'changed' where school_id = ${school}::uuid and id in
    (select id from grades where school_id = ${school}::uuid order by digest limit 10)`;
  const found = verificationOf(await stage.command(["verify", source], name));
  const differing: Figure = {
    target: "T8",
    work: `verify with 10 differing of ${records}`,
    ours: `${found.requests} requests, ${(found.bytes / 1024).toFixed(1)} KB, ${found.differences.length} named`,
    beside: "",
    ratio: null,
    goal: "≤ 12 requests, ≤ 50 KB",
    reached: found.requests <= 12 && found.bytes <= 50 * 1024 && found.differences.length === 10,
  };
  return [equal, differing];
}
