/** Where each record is: on this device, waiting, on the server. */
import type { Demo } from "../stage/open-demo.ts";
import type { Held, RecordSight } from "../stage/sights.ts";
import { useWatched } from "./use-watched.ts";

export function PlacesTable({ sights }: Pick<Demo, "sights">) {
  const { records, untouched, total } = useWatched(sights);
  return (
    <section className="card" aria-labelledby="places-title">
      <header className="card-head">
        <h2 id="places-title">Where each record is</h2>
        <span className="quiet">{untouched} more, untouched</span>
      </header>
      <table className="places">
        <thead>
          <tr>
            <th scope="col">Record</th>
            <th scope="col">On this device ({total.device})</th>
            <th scope="col">Waiting ({total.waiting})</th>
            <th scope="col">On the server ({total.server})</th>
          </tr>
        </thead>
        <tbody>
          {records.map((record) => (
            <PlacesRow key={record.key} record={record} />
          ))}
          {records.length === 0 && (
            <tr>
              <td colSpan={4} className="quiet">
                Nothing was changed yet.
              </td>
            </tr>
          )}
        </tbody>
      </table>
      <p className="quiet">
        Left: the store in IndexedDB. Middle: its outbox, and what the server refused. Right: the tables of PostgreSQL,
        asked by SQL in this page, whatever the network does.
      </p>
    </section>
  );
}

const PlacesRow = ({ record: { label, device, waiting, server } }: { readonly record: RecordSight }) => (
  <tr>
    <th scope="row">{label}</th>
    <td data-place="On this device">{device ? <Value held={device} badge={device.state} /> : <Nothing />}</td>
    <td data-place="Waiting">
      {waiting.length === 0 && <Nothing />}
      {waiting.map(({ n, kind, refused }) => (
        <span key={n} className={`badge badge-${refused === null ? "pending" : "parked"}`}>
          {kind} #{n}
          {refused !== null && ` ${refused}`}
        </span>
      ))}
    </td>
    <td data-place="On the server">{server ? <Value held={server} /> : <Nothing />}</td>
  </tr>
);

const Value = ({ held: { value, version }, badge }: { readonly held: Held; readonly badge?: string }) => (
  <>
    <span className="value">{value}</span> {version !== null && <span className="quiet">v{version}</span>}{" "}
    {badge !== undefined && <span className={`badge badge-${badge}`}>{badge}</span>}
  </>
);

const Nothing = () => (
  <span className="nothing">
    <span aria-hidden="true">–</span>
    <span className="unseen">nothing</span>
  </span>
);
