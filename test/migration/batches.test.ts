import { expect, test } from "vitest";
import { AdapterError } from "../../src/domain/errors.ts";
import { cut, sendAll, sendHalving } from "../../src/migration/batches.ts";

const items = (...bytes: number[]) => bytes.map((size, value) => ({ value, bytes: size }));

test("batches end before they grow too large; one item that is too large by itself still goes", () => {
  expect([...cut(items(4, 4, 4, 20, 1), { bytes: 10, items: 9 })]).toEqual([[0, 1], [2], [3], [4]]);
  expect([...cut(items(1, 1, 1), { bytes: 10, items: 2 })]).toEqual([[0, 1], [2]]);
});

test("F18: a 413 halves the batch, in order, until it fits; a single item that does not fit is an error", async () => {
  const sent: number[][] = [];
  const send = async (batch: readonly number[]): Promise<void> => {
    if (batch.length > 2) throw new AdapterError("LIMIT", "too large");
    sent.push([...batch]);
  };
  await sendHalving([1, 2, 3, 4, 5], send);
  expect(sent).toEqual([[1, 2], [3], [4, 5]]);
  const never = async (): Promise<void> => {
    throw new AdapterError("LIMIT", "too large");
  };
  await expect(sendHalving([1, 2], never)).rejects.toMatchObject({ code: "LIMIT" });
});

test("no more than two are under way, they are acknowledged in order, and nothing outlives a failure", async () => {
  let underWay = 0;
  let most = 0;
  const done: number[] = [];
  const send = async (batch: number): Promise<void> => {
    underWay++;
    most = Math.max(most, underWay);
    // The second of each pair is answered first.
    for (let turn = 0; turn < (batch % 2 === 0 ? 5 : 1); turn++) await Promise.resolve();
    underWay--;
    if (batch === 6) throw new Error("lost");
  };
  const batches = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  const all = sendAll(batches, { width: 2, send, done: async (batch) => void done.push(batch) });
  await expect(all).rejects.toThrow("lost");
  expect(most).toBe(2);
  expect(underWay).toBe(0);
  expect(done).toEqual([0, 1, 2, 3, 4, 5]);
});
