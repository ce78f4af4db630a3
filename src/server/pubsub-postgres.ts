/** Pokes between processes through LISTEN and NOTIFY, on a connection of their own that no pooler may share. */
import postgres, { type Sql } from "postgres";
import { isUuid, parseSchoolId, type SchoolId } from "../domain/ids.ts";
import { localPubSub, type PubSub } from "./pubsub.ts";
import type { Logger } from "./services.ts";

const channel = "hda_pokes";
/** At most one NOTIFY in this time, in milliseconds: each one takes a lock that all notifiers share as they commit. */
const every = 50;
/** A payload ends at 8,000 bytes; a school takes less than 60. */
const mostSchools = 120;
const [shortestPause, longestPause] = [100, 30_000];

/**
 * One direct connection (not through a pooler in transaction mode, which forgets LISTEN), opened with the first word or
 * listener. A lost one is replaced, later and later up to half a minute; what is said meanwhile is lost, as any hint may be.
 */
export function postgresPubSub(url: string, log: Logger): PubSub {
  const here = localPubSub();
  const waiting = new Map<SchoolId, number>();
  let flushing: NodeJS.Timeout | null = null;
  let opening: NodeJS.Timeout | null = null;
  let current: Sql | null = null;
  let pause = 0;
  let closed = false;

  function hear(payload: string): void {
    for (const word of payload.split(",")) {
      const [school = "", seq = ""] = word.split(":");
      if (isUuid(school) && /^\d{1,15}$/.test(seq)) here.publish(parseSchoolId(school), Number(seq));
    }
  }

  /** A client of its own each time: one whose connection was lost may never come back (see postgres-pool.ts). */
  function open(): void {
    if (closed || current || opening) return;
    opening = setTimeout(async () => {
      const lost = (): void => {
        if (current === client) current = null;
        client.end({ timeout: 0 }).catch(() => {});
        open();
      };
      const options = {
        max: 1,
        fetch_types: false,
        max_lifetime: null,
        connect_timeout: 10,
        onnotice: () => {},
        onclose: () => current === client && lost(),
        onnotify: (name: string, payload: string) => name === channel && hear(payload),
      };
      const client: Sql = postgres(url, options);
      try {
        await client.unsafe(`listen ${channel}`);
        [current, opening, pause] = [client, null, 0];
        if (closed) lost();
      } catch (error) {
        opening = null;
        pause = Math.min(longestPause, Math.max(shortestPause, pause * 2));
        if (!closed) log.warn({ error: nameOf(error), pause }, "cannot listen for pokes");
        lost();
      }
    }, pause);
    opening.unref();
  }

  function flush(): void {
    const words = [...waiting].slice(0, mostSchools);
    for (const [school] of words) waiting.delete(school);
    flushing = waiting.size > 0 ? setTimeout(flush, every) : null;
    const payload = words.map(([school, seq]) => `${school}:${seq}`).join(",");
    current
      ?.unsafe("select pg_notify($1, $2)", [channel, payload], { prepare: false })
      .catch((error: unknown) => log.warn({ error: nameOf(error) }, "a poke was lost"));
  }

  return {
    publish(school, seq) {
      open();
      here.publish(school, seq);
      waiting.set(school, Math.max(seq, waiting.get(school) ?? 0));
      flushing ??= setTimeout(flush, every);
    },
    subscribe(listener) {
      open();
      return here.subscribe(listener);
    },
    async close() {
      closed = true;
      if (flushing) clearTimeout(flushing);
      if (opening) clearTimeout(opening);
      await here.close();
      await current?.end({ timeout: 1 });
    },
  };
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : "unknown");
