import preview from "../.storybook/preview.ts";
import { everyFault } from "./play/every-fault.ts";
import { stageMeta } from "./stage/stage-meta.tsx";

const meta = preview.meta({
  ...stageMeta("dualwrite", "A school in dualwrite, and every fault of the network that the mocks know."),
  title: "Faults",
  tags: ["autodocs"],
});

/** Choose a fault in the controls, or beside the office. */
export const Demo = meta.story({ args: { fault: "offline" } });

/** A student is added under every fault in turn. */
export const EveryFault = meta.story({ play: everyFault });
