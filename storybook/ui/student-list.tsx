/** The students of the school: a page after the other, added, renamed and removed. */
import { type FormEvent, useEffect, useState } from "react";
import { useDispatch, useSelector } from "react-redux";
import { studentsSlice } from "../../slices/students.ts";
import type { DemoDispatch, DemoState } from "../stage/open-demo.ts";
import { StudentRow } from "./student-row.tsx";
import { ToldLine } from "./told-line.tsx";
import { useTold } from "./use-told.ts";

const query = { sort: "name", limit: 5 };
const { actions, selectors } = studentsSlice;

export function StudentList() {
  const dispatch = useDispatch<DemoDispatch>();
  const { records, request, hasMore, source } = useSelector((root: DemoState) => selectors.selectPage(root, query));
  const { told, tell } = useTold();
  const [name, setName] = useState("");

  useEffect(() => {
    void dispatch(actions.load(query));
  }, [dispatch]);

  const one = async <T,>(write: Promise<T>): Promise<readonly T[]> => [await write];

  async function add(event: FormEvent): Promise<void> {
    event.preventDefault();
    const asked = name.trim();
    setName("");
    const isTaken = await tell(asked, one(dispatch(actions.create({ name: asked, status: "active" })).unwrap()));
    // What was typed is not lost with a refusal.
    if (!isTaken) setName(asked);
  }

  return (
    <section className="card" aria-labelledby="students-title">
      <header className="card-head">
        <h2 id="students-title">Students</h2>
        <span className="source">{source === null ? "not read yet" : `read from ${sources[source]}`}</span>
      </header>
      <form className="add" onSubmit={(event) => void add(event)}>
        <label htmlFor="new-student">New student</label>
        <input id="new-student" value={name} onChange={({ target }) => setName(target.value)} autoComplete="off" />
        <button type="submit" className="primary" disabled={name.trim() === ""}>
          Add
        </button>
      </form>
      <ToldLine told={told} idle="Add, rename or remove a student, and watch where it goes." />
      <ul className="rows" aria-label="Students">
        {records.map((student) => (
          <StudentRow
            key={student.id}
            student={student}
            rename={(to) => tell(to, one(dispatch(actions.update({ id: student.id, changes: { name: to } })).unwrap()))}
            remove={() => tell(`Removing ${student.name}`, one(dispatch(actions.remove(student.id)).unwrap()))}
          />
        ))}
      </ul>
      <footer className="card-foot">
        <button type="button" disabled={!hasMore} onClick={() => void dispatch(actions.loadMore(query))}>
          Next page
        </button>
        <span className="quiet">
          {hasMore ? `${records.length} shown, there are more` : `all ${records.length} shown`}
        </span>
        {request.error && (
          <p role="alert" className="told told-failed">
            {request.error.message} {request.error.fix}
          </p>
        )}
      </footer>
    </section>
  );
}

const sources = { local: "this device", server: "the server" } as const;
