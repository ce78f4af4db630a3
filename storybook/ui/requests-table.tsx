/** The last requests of the adapter, newest first. */
import type { Demo } from "../stage/open-demo.ts";
import type { MadeRequest } from "../stage/request-log.ts";
import { useWatched } from "./use-watched.ts";

const shown = 8;

const outcomeOf = ({ outcome, status }: MadeRequest): string => (outcome === "answered" ? String(status) : outcome);

export function RequestsTable({ requests }: Pick<Demo, "requests">) {
  const made = useWatched(requests);
  return (
    <section className="card" aria-labelledby="requests-title">
      <header className="card-head">
        <h2 id="requests-title">Requests made</h2>
        <span className="quiet">{made.at(-1)?.n ?? 0} in all</span>
      </header>
      <table className="requests">
        <thead>
          <tr>
            <th scope="col">Request</th>
            <th scope="col">Answer</th>
            <th scope="col">Time</th>
          </tr>
        </thead>
        <tbody>
          {made
            .slice(-shown)
            .reverse()
            .map((one) => (
              <tr key={one.n}>
                <td>
                  <code>
                    {one.method} {one.path}
                  </code>
                </td>
                <td className={one.status !== null && one.status < 400 ? "good" : "bad"}>{outcomeOf(one)}</td>
                <td>{one.ms === null ? "" : `${one.ms} ms`}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </section>
  );
}
