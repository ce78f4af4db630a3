import preview from "../../.storybook/preview.ts";
import { stagePlays } from "../play/stage-plays.ts";
import { stageMeta } from "../stage/stage-meta.tsx";

const meta = preview.meta({
  ...stageMeta(
    "draining",
    "going back: this device is read and acknowledges; what is on the way still goes out, before the school is off.",
  ),
  title: "Stages/7 draining",
  tags: ["autodocs"],
});
const { add, register, offline } = stagePlays("draining");

/** Yours to play with. */
export const Demo = meta.story({});

/** A student is added, renamed and removed. */
export const AddAndChange = meta.story({ play: add });

/** The marks of a class are saved as one batch. */
export const SaveRegister = meta.story({ play: register });

/** A student is added without a network, which comes back later. */
export const Offline = meta.story({ play: offline });
