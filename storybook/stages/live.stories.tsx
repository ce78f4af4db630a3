import preview from "../../.storybook/preview.ts";
import { addWithLostAnswer, removeRefused } from "../play/live-plays.ts";
import { stagePlays } from "../play/stage-plays.ts";
import { stageMeta } from "../stage/stage-meta.tsx";

const meta = preview.meta({
  ...stageMeta(
    "live",
    "hybrid: the server is read and acknowledges; this device answers when the server cannot, and says so.",
  ),
  title: "Stages/4 live",
  tags: ["autodocs"],
});
const { add, register, offline } = stagePlays("live");

/** Yours to play with. */
export const Demo = meta.story({});

/** A student is added, renamed and removed. */
export const AddAndChange = meta.story({ play: add });

/** The marks of a class are saved as one batch. */
export const SaveRegister = meta.story({ play: register });

/** A student is added without a network, which comes back later. */
export const Offline = meta.story({ play: offline });

/** The server refuses to remove a student who has a mark: the promise rejects, and nothing of it is kept anywhere. */
export const Refused = meta.story({ play: removeRefused });

/** The server commits and its answer is lost: the same mutation is sent again, and counts once. */
export const AnswerLost = meta.story({ play: addWithLostAnswer });
