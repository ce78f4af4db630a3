/** Whether a tab runs: a frozen one hears everything later, a dead one nothing any more. */

export class Life {
  #state: "running" | "frozen" | "dead" = "running";
  readonly #waiting: (() => void)[] = [];
  readonly #funerals: (() => void)[] = [];

  get dead(): boolean {
    return this.#state === "dead";
  }

  get frozen(): boolean {
    return this.#state === "frozen";
  }

  /** Everything that reaches a tab from outside comes by here. */
  deliver(run: () => void): void {
    if (this.#state === "running") run();
    else if (this.#state === "frozen") this.#waiting.push(run);
  }

  freeze(): void {
    if (this.#state === "running") this.#state = "frozen";
  }

  thaw(): void {
    if (this.#state !== "frozen") return;
    this.#state = "running";
    for (const run of this.#waiting.splice(0)) run();
  }

  /** What the browser does when the tab is gone. */
  onDeath(run: () => void): void {
    this.#funerals.push(run);
  }

  kill(): void {
    if (this.#state === "dead") return;
    this.#state = "dead";
    this.#waiting.length = 0;
    for (const run of this.#funerals.splice(0)) run();
  }
}
