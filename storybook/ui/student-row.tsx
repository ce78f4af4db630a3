/** One student: the name, where it stands, and what can be done with it. */
import { type FormEvent, useEffect, useRef, useState } from "react";
import { useSelector } from "react-redux";
import { studentsSlice } from "../../slices/students.ts";
import type { RecordState } from "../../src/local/record-store.ts";
import type { DemoState } from "../stage/open-demo.ts";

const states: Readonly<Record<RecordState, string>> = {
  synced: "on the server",
  local: "here alone",
  pending: "waiting",
  conflict: "conflict",
  parked: "refused",
};

interface StudentRowProps {
  readonly student: { readonly id: string; readonly name: string };
  readonly rename: (to: string) => Promise<boolean>;
  readonly remove: () => Promise<boolean>;
}

export function StudentRow({ student, rename, remove }: StudentRowProps) {
  const { id, name } = student;
  const meta = useSelector((root: DemoState) => studentsSlice.selectors.selectMeta(root, id));
  const [draft, setDraft] = useState<string | null>(null);
  const field = useRef<HTMLInputElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const isEditing = draft !== null;
  const wasEditing = useRef(false);

  // The keyboard goes where the hand was: into the field, and back to the button.
  useEffect(() => {
    if (isEditing) field.current?.select();
    else if (wasEditing.current) opener.current?.focus();
    wasEditing.current = isEditing;
  }, [isEditing]);

  function save(event: FormEvent): void {
    event.preventDefault();
    if (draft === null) return;
    setDraft(null);
    if (draft.trim() !== "" && draft !== name) void rename(draft.trim());
  }

  if (draft !== null)
    return (
      <li className="row">
        <form className="rename" onSubmit={save}>
          <input
            ref={field}
            value={draft}
            aria-label={`New name of ${name}`}
            onChange={({ target }) => setDraft(target.value)}
            onKeyDown={({ key }) => key === "Escape" && setDraft(null)}
          />
          <button type="submit" className="primary">
            Save
          </button>
          <button type="button" onClick={() => setDraft(null)}>
            Cancel
          </button>
        </form>
      </li>
    );
  return (
    <li className="row">
      <span className="name">{name}</span>
      {meta && <span className={`badge badge-${meta.state}`}>{states[meta.state]}</span>}
      <button ref={opener} type="button" aria-label={`Rename ${name}`} onClick={() => setDraft(name)}>
        Rename
      </button>
      <button type="button" aria-label={`Remove ${name}`} onClick={() => void remove()}>
        Remove
      </button>
    </li>
  );
}
