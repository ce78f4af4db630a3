/** Before the projects that need a browser, and before those alone: a bare machine has it packed. */
import { unpackChromium } from "./chromium.ts";

export async function setup(): Promise<void> {
  await unpackChromium();
}
