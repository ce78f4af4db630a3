import { test } from "vitest";
import { device } from "../../support/device.ts";
import { create, uuid } from "../../support/records.ts";
import { testServer } from "../../support/server.ts";

test("measure", async () => {
  const server = await testServer();
  const a = device(server, uuid(1));
  await a.push(create("students", uuid(1), { name: "Ada" }), create("classes", uuid(2), { name: "1a" }));
  for (let round = 0; round < 4; round++) {
    const batch = Array.from({ length: 1000 }, (_, i) =>
      a.make(
        create("attendance", uuid(10000 * (round + 1) + i), {
          studentId: uuid(1),
          classId: uuid(2),
          date: "2024-09-01",
          status: "present",
        }),
      ),
    );
    const t = performance.now();
    const r = await a.send(batch, { limit: 1 });
    console.log(
      "1000 creates",
      Math.round(performance.now() - t),
      "ms",
      (r.body.results as { status: string }[]).filter((x) => x.status === "applied").length,
    );
    const t2 = performance.now();
    await a.send(batch, { limit: 1 });
    console.log("repeat", Math.round(performance.now() - t2), "ms");
  }
  await server.close();
}, 60000);
