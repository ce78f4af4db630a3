import preview from "../../.storybook/preview.ts";
import { stagePlays } from "../play/stage-plays.ts";
import { stageMeta } from "../stage/stage-meta.tsx";

const meta = preview.meta({
  ...stageMeta("complete", "api: the server alone is believed; this device keeps a cache and the outbox."),
  title: "Stages/6 complete",
  tags: ["autodocs"],
});
const { add, register, offline } = stagePlays("complete");

/** Yours to play with. */
export const Demo = meta.story({});

/** A student is added, renamed and removed. */
export const AddAndChange = meta.story({ play: add });

/** The marks of a class are saved as one batch. */
export const SaveRegister = meta.story({ play: register });

/** A student is added without a network, which comes back later. */
export const Offline = meta.story({ play: offline });
