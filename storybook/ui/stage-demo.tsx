/** A small school office over an adapter, and beside it what happens below. */
import { useEffect } from "react";
import { Provider } from "react-redux";
import type { FaultSetting } from "../stage/fault-switch.ts";
import type { Demo } from "../stage/open-demo.ts";
import { classId } from "../stage/seeds.ts";
import { FaultControls } from "./fault-controls.tsx";
import { PlacesTable } from "./places-table.tsx";
import { Register } from "./register.tsx";
import { RequestsTable } from "./requests-table.tsx";
import { StageControls } from "./stage-controls.tsx";
import { StatusBar } from "./status-bar.tsx";
import { StudentList } from "./student-list.tsx";

interface StageDemoProps {
  readonly demo: Demo;
  /** What Storybook's controls say. */
  readonly setting: FaultSetting;
}

export function StageDemo({ demo, setting }: StageDemoProps) {
  const { fault, once, slowMs, rate, seed } = setting;
  useEffect(() => demo.fault.set({ fault, once, slowMs, rate, seed }), [demo, fault, once, slowMs, rate, seed]);
  return (
    <Provider store={demo.store}>
      <main className="demo">
        <div className="demo-grid">
          <header className="demo-head">
            <h1>School office</h1>
            <StatusBar fault={demo.fault} />
          </header>
          <div className="demo-side">
            <StudentList />
            <Register classId={classId} />
          </div>
          <div className="demo-side">
            <section className="card controls" aria-label="Controls">
              <StageControls />
              <FaultControls fault={demo.fault} />
            </section>
            <PlacesTable sights={demo.sights} />
            <RequestsTable requests={demo.requests} />
          </div>
        </div>
      </main>
    </Provider>
  );
}
