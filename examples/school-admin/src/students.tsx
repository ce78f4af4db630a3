import { studentsSlice } from "hybrid-data-adapter/slices";
import { useEffect } from "react";
import { useAppDispatch, useAppSelector } from "./store";

const { actions, selectors } = studentsSlice;
const byName = { sort: "name", limit: 50 };

export function Students() {
  const dispatch = useAppDispatch();
  const { records, source, hasMore } = useAppSelector((state) => selectors.selectPage(state, byName));
  const meta = useAppSelector((state) => state.students.meta);
  useEffect(() => {
    dispatch(actions.load(byName));
  }, [dispatch]);

  return (
    <section>
      <h2>Students (read from: {source})</h2>
      <ul>
        {records.map(({ id, name }) => (
          <li key={id}>
            {name} <small>{meta[id]?.state /* local, pending, synced, conflict or parked */}</small>
          </li>
        ))}
      </ul>
      {hasMore && (
        <button type="button" onClick={() => dispatch(actions.loadMore(byName))}>
          More
        </button>
      )}
    </section>
  );
}
