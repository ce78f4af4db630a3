import { commonLayout } from "./common-shapes.ts";
import { combineLayouts } from "./layout.ts";
import { originLayout } from "./origin.ts";

/** What is read when nobody says otherwise: the origin app exactly, and beside it what is common elsewhere. */
export const knownLayout = combineLayouts(originLayout, commonLayout);
