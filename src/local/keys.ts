/** The names of what is stored. Numbers are padded, so that the order of the keys is theirs. */

const digits = (n: number): string => String(n).padStart(10, "0");

export const metaKey = "meta";
/** Who leads: every step of the leader is committed only while its token stands here. */
export const leaderKey = "leader";
export const walPrefix = "wal/";
export const syncPrefix = "sync/";
export const chunkPrefix = "chunk/";
export const statePrefix = "state/";
export const stagePrefix = "stage/";
export const keptPrefix = "kept/";
export const quarantinePrefix = "quarantine/";

export const walKey = (client: string, entry: number): string => `${walPrefix}${client}/${digits(entry)}`;
export const syncKey = (entry: number): string => `${syncPrefix}${digits(entry)}`;
export const chunkKey = (domain: string, chunk: number, generation: number): string =>
  `${chunkPrefix}${domain}/${digits(chunk)}.${digits(generation)}`;
export const stateKey = (generation: number): string => `${statePrefix}${digits(generation)}`;
export const stageKey = (snapshot: number, page: number): string => `${stagePrefix}${digits(snapshot)}/${digits(page)}`;
export const stagePagesPrefix = (snapshot: number): string => `${stagePrefix}${digits(snapshot)}/`;
/** Answered mutations of a client, from this id on, kept for a server that comes back from an older backup. */
export const keptKey = (client: string, firstId: number): string => `${keptPrefix}${client}/${digits(firstId)}`;
/** One per damaged key, so that a second opening notes it once. */
export const quarantineKey = (key: string): string => `${quarantinePrefix}${key}`;

/** The number at the end of a key. */
export const numberOf = (key: string): number => Number(key.slice(key.lastIndexOf("/") + 1));
/** `wal/<client>/<entry>` and `kept/<client>/<id>`: whose it is. */
export const clientOf = (key: string): string => key.split("/")[1] ?? "";
/** `stage/<snapshot>/<page>`: which snapshot's it is. */
export const snapshotOf = (key: string): number => Number(key.split("/")[1]);
