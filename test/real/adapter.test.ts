/** The origin app's own data, adopted on a first start and taken through every stage by the adapter alone. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { canonicalText } from "../../src/domain/digest.ts";
import type { Stage } from "../../src/domain/stages.ts";
import { schoolDomains } from "../../src/school/domains.ts";
import { adapterSchool } from "../adapter/adapter-school.ts";
import { type TestServer, testServer } from "../support/server.ts";

const file = join(import.meta.dirname, "../../../shared/data/origin/localStorage.first-load.json");

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.close());

test("L1 L5 L8: every stage shows the same records, here and on the server", { timeout: 120_000 }, async () => {
  const values = Object.entries(JSON.parse(readFileSync(file, "utf8")) as Record<string, string>);
  const legacy = { shared: true, values: () => [{ name: "localStorage", values }] };
  const school = await adapterSchool(server, "off");
  const office = await school.device("office", {}, { legacy });
  const { adapter, settled } = office;
  const [adoption] = adapter.parts.adopted;
  expect(adoption?.adopted).toBeGreaterThan(20);

  const shown = async (): Promise<Record<string, string[]>> => {
    const all: Record<string, string[]> = {};
    for (const domain of schoolDomains) {
      const page = await settled(adapter.domain(domain.name).list({ limit: 1000 }));
      all[domain.name] = page.items.map(({ record }) => canonicalText(domain, record));
    }
    return all;
  };
  const before = await shown();
  await office.sync();
  const stages: readonly Stage[] = ["dualwrite", "shadow", "live", "rampdown", "complete", "draining", "off"];
  for (const stage of stages) {
    await settled(adapter.setStage(stage));
    await office.sync();
    expect(adapter.status()).toMatchObject({ stage, outbox: { mutations: 0 }, parked: [] });
    expect(await shown()).toEqual(before);
    for (const domain of schoolDomains) {
      const rows = await school.rows(domain.name, ["version"]);
      expect(rows, `${domain.name} in ${stage}`).toHaveLength(before[domain.name]?.length ?? 0);
    }
  }
  await school.close();
});
