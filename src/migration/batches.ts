/** Cuts what is to be sent into batches by bytes, sends them with a few under way at once, and halves what is too large. */
import { hasCode } from "../domain/errors.ts";

/** One thing to send; `bytes` as it stands in JSON. */
export interface Item<T> {
  readonly value: T;
  readonly bytes: number;
}

export function* cut<T>(items: Iterable<Item<T>>, most: { bytes: number; items: number }): Generator<T[]> {
  let batch: T[] = [];
  let bytes = 0;
  for (const item of items) {
    if (batch.length > 0 && (bytes + item.bytes > most.bytes || batch.length >= most.items)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(item.value);
    bytes += item.bytes;
  }
  if (batch.length > 0) yield batch;
}

const tooLarge = hasCode("LIMIT");

/** Sends a batch; what the server finds too large is sent as two halves, in order. */
export async function sendHalving<T>(batch: readonly T[], send: (batch: readonly T[]) => Promise<void>): Promise<void> {
  try {
    await send(batch);
  } catch (error) {
    if (!tooLarge(error) || batch.length < 2) throw error;
    const middle = Math.ceil(batch.length / 2);
    await sendHalving(batch.slice(0, middle), send);
    await sendHalving(batch.slice(middle), send);
  }
}

/**
 * Runs `send` over the batches, up to `width` at once, and `done` for each in the order of the batches. After a failure
 * nothing new starts; what is under way ends before the failure is thrown, so that no request outlives the call.
 */
export async function sendAll<T>(
  batches: Iterable<T>,
  { width, send, done }: { width: number; send: (batch: T) => Promise<void>; done: (batch: T) => Promise<void> },
): Promise<void> {
  const underWay: { batch: T; result: Promise<unknown> }[] = [];
  const failures: unknown[] = [];
  const settle = async (): Promise<void> => {
    const first = underWay.shift();
    if (!first) return;
    const failure = await first.result;
    if (failure !== undefined) failures.push(failure);
    else if (failures.length === 0) await done(first.batch);
  };
  for (const batch of batches) {
    const result = send(batch).then(
      () => undefined,
      (error: unknown) => error ?? new Error("A request failed without saying why."),
    );
    underWay.push({ batch, result });
    if (underWay.length >= width) await settle();
    if (failures.length > 0) break;
  }
  while (underWay.length > 0) await settle();
  if (failures.length > 0) throw failures[0];
}
