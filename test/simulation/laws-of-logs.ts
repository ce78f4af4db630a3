/** How far the server is with each log, as a tab has it: by that it is decided what is sent again (F29). */
import type { Device } from "./device.ts";
import type { Breach } from "./history.ts";

export function unknownAnswers({ working }: Device): Breach[] {
  return working.flatMap(({ name, store }) =>
    store.sync.clients().flatMap(({ client, answered }): Breach[] => {
      if (Number.isInteger(answered) && answered >= 0) return [];
      return [{ law: "F29", what: `${name} has ${answered} for how far the server is with ${client}.` }];
    }),
  );
}
