/** Long work of the process in short turns, so that it goes on answering, and its databases do not wait for it. */

const itemsPerTurn = 250;

/** Lets everything run that is ready to. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

export async function inTurns<T>(items: readonly T[], run: (item: T, index: number) => void): Promise<void> {
  for (const [index, item] of items.entries()) {
    run(item, index);
    if (index % itemsPerTurn === itemsPerTurn - 1) await nextTurn();
  }
}
