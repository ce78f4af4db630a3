/** What the stories of every stage share: a demo of their own, opened before and closed behind them, and the controls. */
import type { Stage } from "../../src/domain/stages.ts";
import { StageDemo } from "../ui/stage-demo.tsx";
import { type FaultSetting, faultNames, noFault } from "./fault-switch.ts";
import { type Demo, openDemo } from "./open-demo.ts";

interface Loaded {
  readonly loaded: Readonly<Record<string, unknown>>;
}

export const stageMeta = (stage: Stage, description: string) => ({
  parameters: { docs: { description: { component: description } } },
  args: noFault,
  argTypes: {
    fault: {
      description: "What is wrong with the network.",
      control: { type: "select" as const, labels: faultNames },
      options: Object.keys(faultNames),
    },
    once: { description: "The fault strikes one request, and never again." },
    slowMs: { description: "Of `slow`: milliseconds.", control: { type: "number" as const, min: 0 } },
    rate: {
      description: "Of `flaky`: the share of requests that find no network.",
      control: { type: "range" as const, min: 0, max: 1, step: 0.1 },
    },
    seed: { description: "Of `flaky`: says which requests.", control: { type: "number" as const } },
  },
  loaders: [async () => ({ demo: await openDemo(stage) })],
  beforeEach({ loaded }: Loaded) {
    const demo = loaded.demo as Demo;
    return () => demo.close();
  },
  render: (setting: FaultSetting, { loaded }: Loaded) => <StageDemo demo={loaded.demo as Demo} setting={setting} />,
});
