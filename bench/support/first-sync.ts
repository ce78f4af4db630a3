/** T6: the way of a whole school from the browser's records to the server's, small and large, beside its peers. */
import { migration } from "./migration.ts";
import type { Peer } from "./peers.ts";
import type { Stage } from "./stage.ts";
import type { Figure } from "./table.ts";

interface Task {
  readonly source: string;
  /** A word for the size. */
  readonly name: string;
  /** Milliseconds of one POST. */
  readonly post: number;
  readonly peers: readonly Peer[];
}

/** What the sending takes; reading, audit and backup before it, and the proof after it, stand in the note. */
export async function firstSync(stage: Stage, { source, name, post, peers }: Task): Promise<Figure[]> {
  const { records, step, measured, report } = await migration(stage, source, `first-${name}`);
  const ours = step("entries") + step("backfill") + step("seal");
  const shared = { target: "T6", ours: `${Math.round(ours)} ms` };
  const ratio = (post * records) / ours;
  const steps = Object.fromEntries(
    Object.entries(report.milliseconds)
      .filter(([step]) => !step.startsWith("backfill "))
      .map(([step, ms]) => [step, Math.round(ms)]),
  );
  const figures: Figure[] = [
    {
      ...shared,
      work: `first sync of ${records} records, beside one POST per record`,
      beside: `${post.toFixed(2)} ms a record, extrapolated: ${Math.round((post * records) / 1000)} s`,
      ratio,
      goal: "≥ 40×",
      reached: ratio >= 40,
      note: `from the file to the proof ${(measured.took / 1000).toFixed(1)} s, ${Math.round(records / (measured.took / 1000))} records/s; by step in ms ${JSON.stringify(steps)}; peak memory: command ${measured.peak.command ?? "?"} MB, server ${measured.peak.server ?? "?"} MB`,
    },
  ];
  for (const peer of peers) {
    console.error(`${peer.name}, ${records} records …`);
    const took = await peer.push(stage, records);
    const goal = peer.goal(records);
    const times = took === null ? null : took / ours;
    figures.push({
      ...shared,
      work: `first sync of ${records} records, beside ${peer.name}`,
      beside: took === null ? "not measured: not installed" : `${Math.round(took)} ms (${peer.how})`,
      ratio: times,
      goal: `≥ ${goal}×`,
      reached: times === null ? null : times >= goal,
    });
  }
  return figures;
}
