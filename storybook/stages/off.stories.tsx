import preview from "../../.storybook/preview.ts";
import { wholeWay } from "../play/journey.ts";
import { stagePlays } from "../play/stage-plays.ts";
import { stageMeta } from "../stage/stage-meta.tsx";

const meta = preview.meta({
  ...stageMeta(
    "off",
    "localStorage: everything stays in this browser. There is no outbox, and the server is asked for nothing but the stage.",
  ),
  title: "Stages/1 off",
  tags: ["autodocs"],
});
const { add, register, offline } = stagePlays("off");

/** Yours to play with. */
export const Demo = meta.story({});

/** A student is added, renamed and removed. */
export const AddAndChange = meta.story({ play: add });

/** The marks of a class are saved as one batch. */
export const SaveRegister = meta.story({ play: register });

/** A student is added without a network, which comes back later. */
export const Offline = meta.story({ play: offline });

/** The school is moved through all stages and back, and takes every student along. */
export const TheWholeWay = meta.story({ play: wholeWay });
