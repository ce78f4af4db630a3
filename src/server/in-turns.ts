/** Long work of the process in short turns, so that it goes on answering, and its databases do not wait for it. */

const itemsPerTurn = 250;

/** Lets everything run that is ready to. By a message, in Node and in a page: a timer would wait for a millisecond. */
export const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });

export async function inTurns<T>(items: readonly T[], run: (item: T, index: number) => void): Promise<void> {
  for (const [index, item] of items.entries()) {
    run(item, index);
    if (index % itemsPerTurn === itemsPerTurn - 1) await nextTurn();
  }
}
