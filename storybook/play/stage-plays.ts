/** What is played in every stage: a student is added, a register is saved, and the network is away for a while. */
import { expect } from "storybook/test";
import type { Stage } from "../../src/domain/stages.ts";
import { expectedIn } from "./expected.ts";
import { type Office, officeOf, type Places, type PlayContext } from "./office.ts";

type Play = (context: PlayContext) => Promise<void>;

/** A name that stands on the first page. */
const name = "Aaron Swartz";

export function stagePlays(stage: Stage): { readonly add: Play; readonly register: Play; readonly offline: Play } {
  const { reads, online, offline, reaches } = expectedIn[stage];
  const atRest: Places = reaches
    ? { device: "synced", waiting: 0, server: true }
    : { device: "local", waiting: 0, server: false };

  return {
    async add(context) {
      const office = officeOf(context);
      await office.opened(reads);
      await office.click("Next page");
      await office.shows("Terence Tao");
      await office.add(name);
      await office.isTold(`${name}: ${online}`);
      await office.shows(name);
      await office.isAt(name, atRest);
      await office.isOnDisk(name);
      await expectReads(office, stage);
      await expect(office.sent("POST", "/api/sync/patch").length > 0).toBe(reaches);
      await office.rename(name, "Aaron H. Swartz");
      await office.isTold(`Aaron H. Swartz: ${online}`);
      await office.hasFocus("Rename Aaron H. Swartz");
      await office.isAt("Aaron H. Swartz", atRest);
      await office.remove("Aaron H. Swartz");
      await office.isTold(`Removing Aaron H. Swartz: ${online}`);
      await office.showsNot("Aaron H. Swartz");
      await office.isAt("Aaron H. Swartz", { device: null, waiting: 0, server: false });
    },

    async register(context) {
      const office = officeOf(context);
      const register = /^Register/;
      await office.opened(reads);
      await office.click("Everyone present");
      await office.click("Save the register");
      await office.isTold(`Register with 5 marks: ${online}`, register);
      await office.eventually(async () => expect(await office.marksOnServer()).toBe(reaches ? 5 : 0));
      await expect([...office.demo.adapter.parts.store.all("attendance")]).toHaveLength(6);
      await office.isOnDisk(office.day());
    },

    async offline(context) {
      const office = officeOf(context);
      await office.opened(reads);
      await office.choose("offline");
      await office.add(name);
      await office.isTold(`${name}: ${offline}`);
      await office.shows(name);
      await office.isAt(name, { ...atRest, ...(reaches && { device: "pending", waiting: 1 }), server: false });
      await office.isOnDisk(name);
      await office.choose("none");
      await office.isAt(name, atRest);
      await office.shows(name);
    },
  };
}

/** The list was asked of the server where the stage reads there, in `shadow` only to compare, and else not at all. */
async function expectReads({ sent, eventually, demo }: Office, stage: Stage): Promise<void> {
  const asks = expectedIn[stage].reads === "the server" || stage === "shadow";
  const asked = (): number => sent("GET", "/api/students").length;
  if (asks) await eventually(() => expect(asked()).toBeGreaterThan(0));
  else await expect(asked()).toBe(0);
  await expect(demo.adapter.status().stage).toBe(stage);
}
