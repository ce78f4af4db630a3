/** The register of a class for one day: everyone's mark, saved all at once or not at all. */
import { useEffect, useMemo, useState } from "react";
import { useDispatch, useSelector } from "react-redux";
import { attendanceSlice } from "../../slices/attendance.ts";
import { classesSlice } from "../../slices/classes.ts";
import { enrollmentsSlice } from "../../slices/enrollments.ts";
import { saveBatch } from "../../slices/save-batch.ts";
import { studentsSlice } from "../../slices/students.ts";
import type { BatchWrite } from "../../src/adapter/contract.ts";
import type { DemoDispatch, DemoState } from "../stage/open-demo.ts";
import { MarkRow } from "./mark-row.tsx";
import { ToldLine } from "./told-line.tsx";
import { useTold } from "./use-told.ts";

export type Mark = "present" | "absent";

interface RegisterProps {
  readonly classId: string;
}

const today = (): string => new Date().toLocaleDateString("sv");

export function Register({ classId }: RegisterProps) {
  const dispatch = useDispatch<DemoDispatch>();
  const [date, setDate] = useState(today);
  const [chosen, setChosen] = useState<Readonly<Record<string, Mark>>>({});
  const { told, tell } = useTold();
  const attending = useMemo(() => ({ filter: { classId }, limit: 200 }), [classId]);
  const session = useMemo(() => ({ filter: { classId, date }, limit: 200 }), [classId, date]);

  useEffect(() => {
    void dispatch(classesSlice.actions.loadOne(classId));
    void dispatch(studentsSlice.actions.loadAll());
    void dispatch(enrollmentsSlice.actions.load(attending));
  }, [dispatch, classId, attending]);
  useEffect(() => {
    void dispatch(attendanceSlice.actions.load(session));
    return () => void dispatch(attendanceSlice.actions.forget(session));
  }, [dispatch, session]);

  const title = useSelector((root: DemoState) => classesSlice.selectors.selectById(root, classId)?.name);
  const enrolled = useSelector((root: DemoState) => enrollmentsSlice.selectors.selectPage(root, attending).records);
  const marks = useSelector((root: DemoState) => attendanceSlice.selectors.selectPage(root, session).records);
  const students = useSelector((root: DemoState) => root.students.entities);
  const isComplete = useSelector((root: DemoState) => studentsSlice.selectors.selectIsComplete(root));
  // A register with half of the class in it would be saved as the whole.
  const rows = (isComplete ? enrolled : [])
    .flatMap(({ studentId }) => students[studentId] ?? [])
    .sort((a, b) => a.name.localeCompare(b.name));
  const markOf = (student: string): string | null =>
    chosen[student] ?? marks.find(({ studentId }) => studentId === student)?.status ?? null;

  const choose = (mark: Mark): void => setChosen(Object.fromEntries(rows.map(({ id }) => [id, mark])));

  async function save(): Promise<void> {
    const sessionId = marks.find((mark) => mark.sessionId !== null)?.sessionId ?? crypto.randomUUID();
    const writes = Object.entries(chosen).flatMap(([studentId, status]): BatchWrite[] => {
      const mark = marks.find((one) => one.studentId === studentId);
      if (mark?.status === status) return [];
      if (mark) return [{ kind: "update", domain: "attendance", id: mark.id, changes: { status } }];
      const draft = { sessionId, studentId, classId, date, status };
      return [{ kind: "create", domain: "attendance", draft }];
    });
    if (await tell(`Register with ${writes.length} marks`, dispatch(saveBatch(writes)).unwrap())) setChosen({});
  }

  return (
    <section className="card" aria-labelledby="register-title">
      <header className="card-head">
        <h2 id="register-title">Register{title === undefined ? "" : ` of ${title}`}</h2>
        <label className="inline">
          Day <input type="date" value={date} onChange={({ target }) => setDate(target.value)} />
        </label>
      </header>
      <div className="buttons">
        <button type="button" disabled={rows.length === 0} onClick={() => choose("present")}>
          Everyone present
        </button>
        <button type="button" disabled={rows.length === 0} onClick={() => choose("absent")}>
          Everyone absent
        </button>
      </div>
      <ul className="rows" aria-label="Marks">
        {rows.map(({ id, name }) => (
          <MarkRow
            key={id}
            name={name}
            mark={markOf(id)}
            choose={(mark) => setChosen((before) => ({ ...before, [id]: mark }))}
          />
        ))}
      </ul>
      <footer className="card-foot">
        <button
          type="button"
          className="primary"
          disabled={Object.keys(chosen).length === 0}
          onClick={() => void save()}
        >
          Save the register
        </button>
        <ToldLine told={told} idle="All marks are saved, or none." />
      </footer>
    </section>
  );
}
