/** The same screen twice, once with the hooks and once with the slices: students, enrolments, and how things stand. */
import { createElement, type ReactNode } from "react";
import { Provider, shallowEqual, useSelector } from "react-redux";
import { createSchoolStore } from "../../slices/create-school-store.ts";
import { enrollmentsSlice } from "../../slices/enrollments.ts";
import { migrationSlice } from "../../slices/migration-slice.ts";
import type { SchoolState } from "../../slices/school-slices.ts";
import { studentsSlice } from "../../slices/students.ts";
import { syncSlice } from "../../slices/sync-slice.ts";
import type { HybridDataAdapter } from "../../src/adapter/contract.ts";
import { HybridDataProvider } from "../../src/react/hybrid-data-provider.ts";
import { useDomainList } from "../../src/react/use-domain-list.ts";
import { type Mutations, useMutations } from "../../src/react/use-mutations.ts";
import { useMigrationStage, useSyncStatus } from "../../src/react/use-status.ts";
import type { SchoolDomain } from "../../src/remote/api/school-domain.ts";
import { enrollments } from "../../src/school/enrollments.ts";
import { students } from "../../src/school/students.ts";

export interface Screen {
  readonly tree: ReactNode;
  /** What a user writes into its forms. Rejects with what the screen shows as refused. */
  enrol(draft: { readonly id: string; readonly studentId: string; readonly classId: string }): Promise<unknown>;
  admit(draft: { readonly id: string; readonly name: string }): Promise<{ readonly acknowledged: string }>;
  close(): void;
}
export type MakeScreen = (adapter: HybridDataAdapter<SchoolDomain>) => Screen;

interface Shown {
  readonly stage: string | null;
  readonly waiting: number;
  readonly parked: readonly { readonly code: string }[];
  readonly students: readonly { readonly name: string; readonly state: string | undefined }[];
  readonly enrollments: readonly { readonly state: string | undefined }[];
  readonly refused: readonly (string | undefined)[];
}

/** One paragraph a line. */
function Lines(shown: Shown): ReactNode {
  const lines = [
    `stage ${shown.stage}, ${shown.waiting} waiting, parked: ${shown.parked.map(({ code }) => code).join() || "none"}`,
    `students: ${shown.students.map(({ name, state }) => `${name} ${state}`).join() || "none"}`,
    `enrolments: ${shown.enrollments.map(({ state }) => state).join() || "none"}`,
    `refused: ${shown.refused.filter((code) => code !== undefined).join() || "none"}`,
  ];
  return lines.map((line) => createElement("p", { key: line }, line));
}

const sorted = { sort: "name", limit: 50 } as const;
const all = { limit: 50 } as const;

interface Forms {
  enrol?: Mutations<typeof enrollments>["create"];
  admit?: Mutations<typeof students>["create"];
}

function HooksScreen({ forms }: { readonly forms: Forms }): ReactNode {
  const pupils = useDomainList(students, sorted);
  const enrolled = useDomainList(enrollments, all);
  const [admitting, enrolling] = [useMutations(students), useMutations(enrollments)];
  const { stage } = useMigrationStage();
  const { outbox, parked } = useSyncStatus();
  Object.assign(forms, { enrol: enrolling.create, admit: admitting.create });
  return createElement(Lines, {
    stage,
    waiting: outbox.mutations,
    parked,
    students: pupils.items.map(({ record, state }) => ({ name: record.name, state })),
    enrollments: enrolled.items,
    refused: [admitting.error?.code, enrolling.error?.code],
  });
}

export const hooksScreen: MakeScreen = (adapter) => {
  const forms: Forms = {};
  const form = <K extends keyof Forms>(name: K): NonNullable<Forms[K]> => {
    const found = forms[name];
    if (!found) throw new Error("The screen was not drawn.");
    return found;
  };
  const inside = createElement(HooksScreen, { forms });
  return {
    tree: createElement(HybridDataProvider, { adapter }, inside),
    enrol: (draft) => form("enrol")({ ...draft, oneSided: false }),
    admit: (draft) => form("admit")(draft),
    close: () => undefined,
  };
};

type Root = Pick<SchoolState, "students" | "enrollments" | "migration" | "sync">;

function SlicesScreen({ ids }: { readonly ids: readonly string[] }): ReactNode {
  // It shows nearly everything: a new object of what it shows is what draws it again.
  const root = useSelector(
    ({ students, enrollments, migration, sync }: Root): Root => ({ students, enrollments, migration, sync }),
    shallowEqual,
  );
  const page = studentsSlice.selectors.selectPage(root, sorted);
  const enrolled = enrollmentsSlice.selectors.selectPage(root, all);
  const { selectOutbox, selectParked } = syncSlice.selectors;
  return createElement(Lines, {
    stage: migrationSlice.selectors.selectStage(root),
    waiting: selectOutbox(root)?.mutations ?? 0,
    parked: selectParked(root),
    students: page.records.map(({ id, name }) => ({
      name,
      state: studentsSlice.selectors.selectMeta(root, id)?.state,
    })),
    enrollments: enrolled.records.map(({ id }) => ({ state: enrollmentsSlice.selectors.selectMeta(root, id)?.state })),
    refused: ids.flatMap((id) => [
      studentsSlice.selectors.selectWrite(root, id).error?.code,
      enrollmentsSlice.selectors.selectWrite(root, id).error?.code,
    ]),
  });
}

const ProvidedSlices = ({
  store,
  ids,
}: {
  readonly store: ReturnType<typeof createSchoolStore>;
  readonly ids: readonly string[];
}): ReactNode => {
  const inside = { store, children: createElement(SlicesScreen, { ids }) };
  return createElement(Provider, inside);
};

export const slicesScreen: MakeScreen = (adapter) => {
  const store = createSchoolStore({ adapter });
  // What its forms wrote, so that it can show what was refused.
  const ids: string[] = [];
  void store.dispatch(studentsSlice.actions.load(sorted));
  void store.dispatch(enrollmentsSlice.actions.load(all));
  return {
    tree: createElement(ProvidedSlices, { store, ids }),
    enrol(draft) {
      ids.push(draft.id);
      return store.dispatch(enrollmentsSlice.actions.create({ ...draft, oneSided: false })).unwrap();
    },
    admit(draft) {
      ids.push(draft.id);
      return store.dispatch(studentsSlice.actions.create(draft)).unwrap();
    },
    close: () => store.disconnect(),
  };
};
