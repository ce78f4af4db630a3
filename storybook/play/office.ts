/** The hands and the eyes of a play function: what a person does in a demo, and what is really there afterwards. */
import { expect, type userEvent, waitFor, within } from "storybook/test";
import type { Stage } from "../../src/domain/stages.ts";
import type { FaultName } from "../stage/fault-switch.ts";
import type { Demo } from "../stage/open-demo.ts";
import { storedText } from "../stage/stored-text.ts";

export interface PlayContext {
  readonly canvasElement: HTMLElement;
  readonly userEvent: ReturnType<typeof userEvent.setup>;
  readonly loaded: Readonly<Record<string, unknown>>;
}

/** Where a student is to be found, and where not. */
export interface Places {
  readonly device: "synced" | "local" | "pending" | null;
  readonly waiting: number;
  readonly server: boolean;
}

/** A busy machine takes its time; what never comes fails all the same. */
const patience = { timeout: 30_000, interval: 25 };

export type Office = ReturnType<typeof officeOf>;

export function officeOf({ canvasElement, userEvent: user, loaded }: PlayContext) {
  const demo = loaded.demo as Demo;
  const canvas = within(canvasElement);
  const eventually = (check: () => void | Promise<void>): Promise<void> => waitFor(check, patience);
  const list = async () => within(await canvas.findByRole("list", { name: "Students" }, patience));
  const section = async (name: RegExp) => within(await canvas.findByRole("region", { name }, patience));

  return {
    demo,
    eventually,

    /** The first page is there, from the side that the stage names. */
    async opened(source: string): Promise<void> {
      await (await list()).findByText("Ada Lovelace", undefined, patience);
      await expect(canvas.getByText(`read from ${source}`)).toBeVisible();
    },
    async add(name: string): Promise<void> {
      await user.type(canvas.getByLabelText("New student"), name);
      await user.click(canvas.getByRole("button", { name: "Add" }));
    },
    async rename(name: string, to: string): Promise<void> {
      await user.click(await (await list()).findByRole("button", { name: `Rename ${name}` }, patience));
      const field = await (await list()).findByLabelText(`New name of ${name}`, undefined, patience);
      await user.clear(field);
      await user.type(field, `${to}{Enter}`);
    },
    async remove(name: string): Promise<void> {
      await user.click(await (await list()).findByRole("button", { name: `Remove ${name}` }, patience));
    },
    async choose(fault: FaultName): Promise<void> {
      await user.selectOptions(canvas.getByLabelText("Fault of the network"), fault);
    },
    /** Moves the school, as an administrator does. */
    async moveTo(stage: Stage): Promise<void> {
      await user.selectOptions(canvas.getByLabelText("Stage of the school"), stage);
      await eventually(() => expect(canvas.getByLabelText("Stage of the school")).toHaveValue(stage));
      await eventually(() => expect(demo.adapter.status()).toMatchObject({ stage, outbox: { mutations: 0 } }));
    },
    async click(name: string): Promise<void> {
      const button = await canvas.findByRole("button", { name }, patience);
      await eventually(() => expect(button).toBeEnabled());
      await user.click(button);
    },
    async check(label: string): Promise<void> {
      await user.click(canvas.getByLabelText(label));
    },

    /** What the live region under the list, or that of the register, says in the end. */
    async isTold(text: string, where = /^Students/): Promise<void> {
      const region = await section(where);
      await eventually(() => expect(region.getByRole("status")).toHaveTextContent(text));
    },
    async shows(name: string): Promise<void> {
      await (await list()).findByText(name, undefined, patience);
    },
    async showsNot(name: string): Promise<void> {
      const rows = await list();
      await eventually(() => expect(rows.queryByText(name)).toBeNull());
    },

    /** In the store, in the outbox and in the tables; and the inspector shows the same. */
    async isAt(name: string, { device, waiting, server }: Places): Promise<void> {
      await eventually(async () => {
        await expect(await placesOf(demo, name)).toEqual({ device, waiting, server });
      });
      await eventually(() => {
        const sight = demo.sights.get().records.find(({ label }) => label === name);
        expect([sight?.device?.state ?? null, sight?.waiting.length ?? 0, sight?.server?.value === name]).toEqual([
          device,
          waiting,
          server,
        ]);
      });
      const inspector = await section(/^Where each record is/);
      await expect(await inspector.findByRole("rowheader", { name }, patience)).toBeVisible();
    },
    /** In the middle of the inspector: a write that was refused, with its reason. */
    async showsParked(code: string): Promise<void> {
      const inspector = await section(/^Where each record is/);
      await expect(await inspector.findByText(new RegExp(`^create #\\d+ ${code}$`), undefined, patience)).toBeVisible();
    },
    /** The button that is named so has the keyboard. */
    async hasFocus(name: string): Promise<void> {
      await eventually(() => expect(canvas.getByRole("button", { name })).toHaveFocus());
    },
    /** The day of the register. */
    day: (): string => canvas.getByLabelText<HTMLInputElement>("Day").value,
    /** Its bytes, read from IndexedDB past the package. */
    async isOnDisk(name: string, isThere = true): Promise<void> {
      await expect((await storedText(demo.database)).includes(name)).toBe(isThere);
    },
    /** How many marks the server has of the day that the register shows. */
    async marksOnServer(): Promise<number> {
      const rows = await demo.rows();
      return rows.filter(({ domain, date }) => domain === "attendance" && date !== "2026-08-31").length;
    },
    /** Requests of a kind that were sent since the demo was opened. */
    sent(method: string, path: string): readonly (number | null)[] {
      const made = demo.requests.get().filter((one) => one.method === method && one.path.split("?")[0] === path);
      return made.map(({ status }) => status);
    },
  };
}

async function placesOf({ adapter, rows }: Demo, name: string): Promise<Places> {
  const view = [...adapter.parts.store.all("students")].find(({ record }) => record.name === name);
  const unsent = JSON.parse(adapter.exportUnsent()) as { readonly waiting: readonly { readonly fields?: object }[] };
  const waiting = unsent.waiting.filter(({ fields }) => JSON.stringify(fields ?? {}).includes(name)).length;
  const server = (await rows()).some(({ domain, value }) => domain === "students" && value === name);
  return { device: view ? (view.state as Places["device"]) : null, waiting, server };
}
