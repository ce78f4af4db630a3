/** Verification of one import, any time after it: from the source, or from the bytes that the server archived. */

import { AdapterError } from "../domain/errors.ts";
import { ownNamespace, parseNamespace, sharedNamespace } from "../domain/ids.ts";
import type { ImportInfo } from "../domain/migration-wire.ts";
import { readArchive } from "./archive.ts";
import { compare } from "./compare.ts";
import type { Verification, VerifyOptions } from "./options.ts";
import { readAsImported } from "./read-as-imported.ts";
import { readSource } from "./read-source.ts";
import type { Reading } from "./reading.ts";
import { type Remote, remote as remoteOf } from "./remote.ts";
import { recallFrom, type Survey, survey } from "./survey.ts";

/** What an import should have brought, to compare the server with. */
export interface Basis {
  readonly remote: Remote;
  readonly importId: string;
  readonly reading: Reading;
  readonly survey: Survey;
}

/**
 * Reads what was imported, anew.
 * @throws BAD_REQUEST when the source given is not the one that was imported; and what reading it throws
 */
export async function basisOf(options: VerifyOptions): Promise<Basis> {
  const { domains, importId, read = readSource() } = options;
  const remote = remoteOf(options.remote);
  const info = options.source ? await remote.info(importId) : null;
  const source = options.source ?? (await readArchive(remote, importId));
  if (info && info.fingerprint !== source.fingerprint)
    throw new AdapterError("BAD_REQUEST", `${source.name} is not what import ${importId} brought.`, {
      fix: "Give the file that was imported, or none: the server's archive is read then.",
    });
  const { namespace } = info ?? (await remote.info(importId));
  const how = { namespace: parseNamespace(namespace), domains };
  const reading = await readAsImported({ remote, importId, source, read, how });
  return { remote, importId, reading, survey: survey(reading, { domains, signal: options.remote.signal }) };
}

export const compareWith = (
  { remote, importId, reading, survey }: Basis,
  { domains, deep = false, showValues = false }: Pick<VerifyOptions, "domains" | "deep" | "showValues">,
): Promise<Verification> =>
  compare({
    remote,
    domains,
    importId,
    expected: survey.expected,
    quarantined: survey.quarantined,
    recall: recallFrom(reading, survey.byDomain),
    deep,
    showValues,
  });

/**
 * Compares the server with what an import brought, in both directions. Equal sides cost one request for the comparison.
 * @throws IMPORT_UNKNOWN, and what the server or the reading throws
 */
export async function verify(options: VerifyOptions): Promise<Verification> {
  return compareWith(await basisOf(options), options);
}

/** The namespace that the server will give an import; known before it is asked. */
export const namespaceOf = (
  school: Parameters<typeof sharedNamespace>[0],
  { namespace, fingerprint }: { namespace: "shared" | "own"; fingerprint: ImportInfo["fingerprint"] },
) => (namespace === "shared" ? sharedNamespace(school) : ownNamespace(school, fingerprint));
