import { studentsSlice } from "hybrid-data-adapter/slices";
import { type FormEvent, useState } from "react";
import { draft } from "./draft";
import { useAppDispatch, useAppSelector } from "./store";

export function AddStudent() {
  const dispatch = useAppDispatch();
  const name = useAppSelector((state) => state.draft);
  const [outcome, setOutcome] = useState("");

  async function add(event: FormEvent) {
    event.preventDefault();
    const result = await dispatch(studentsSlice.actions.create({ name, status: "active" }));
    if (studentsSlice.actions.create.fulfilled.match(result)) {
      // `local` and `pending`: on this disk; `server`: the server has it. A write is never said to be done before.
      setOutcome(`${name}: ${result.payload.acknowledged}`);
      dispatch(draft.actions.typed(""));
    } else {
      setOutcome(`${result.payload?.message} ${result.payload?.fix}`);
    }
  }

  return (
    <form onSubmit={add}>
      <label>
        New student <input value={name} onChange={({ target }) => dispatch(draft.actions.typed(target.value))} />
      </label>
      <button type="submit">Add</button>
      <output>{outcome}</output>
    </form>
  );
}
