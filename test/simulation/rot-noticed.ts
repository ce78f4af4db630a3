/** Of what lies on a disk one character changes: whoever reads it notices, wherever it stands (L5, F3). */
import { decode } from "../../src/local/codec.ts";
import type { Device } from "./device.ts";
import type { Breach } from "./history.ts";

const encoded = /^(meta$|wal\/|sync\/|chunk\/|state\/|kept\/|stage\/)/;
/** Not a multiple of what a checksum takes in one step. */
const stride = 7;
/** Places that are tried in one value. */
const places = 40;

/** @param chance picks the value, and where in it is begun */
export function rotNotNoticed({ index, disk }: Device, chance: number): Breach[] {
  const keys = [...disk.values.keys()].filter((key) => encoded.test(key)).sort();
  const key = keys[chance % keys.length] ?? "";
  const text = disk.values.get(key) ?? "";
  if (!decode(text)) return [];
  for (let place = 0; place < places; place++) {
    const at = (chance % stride) + place * stride;
    if (at >= text.length) break;
    const other = text[at] === "0" ? "1" : "0";
    if (decode(text.slice(0, at) + other + text.slice(at + 1)))
      return [{ law: "L5", what: `Device ${index} takes ${key} for whole with another character at ${at}.` }];
  }
  return [];
}
