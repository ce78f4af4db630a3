/** `/api/live`: a hint to the right school after a commit, and nothing that a stranger or a broken peer can do harm with. */
import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { schoolIdOf } from "../../src/domain/ids.ts";
import { type Listening, listen } from "../../src/server/listen.ts";
import { makeToken } from "../../src/server/token.ts";
import { device } from "../support/device.ts";
import { create, uuid } from "../support/records.ts";
import { secret, type TestServer, type TokenFor, testServer } from "../support/server.ts";

let server: TestServer;
let listening: Listening;
let address: string;
beforeAll(async () => {
  server = await testServer({ origins: ["https://school.example"] });
  listening = await listen(server.server, { port: 0 });
  address = `${listening.url.replace("http", "ws")}/api/live`;
});
afterAll(async () => {
  await listening.close();
  await server.close();
});

interface Peer {
  readonly socket: WebSocket;
  /** What was said so far. */
  readonly said: unknown[];
  /** The next word. */
  next(): Promise<unknown>;
}

/** As a page does it: the token among the subprotocols, and the origin that the browser adds. */
async function page(token: string, origin: string | null = listening.url, protocols = ["hda.live.1"]): Promise<Peer> {
  const socket = new WebSocket(address, [...protocols, `bearer.${token}`], {
    headers: origin === null ? {} : { origin },
  });
  return opened(socket);
}

async function opened(socket: WebSocket): Promise<Peer> {
  const said: unknown[] = [];
  socket.on("message", (data) => said.push(JSON.parse(String(data))));
  await once(socket, "open");
  return {
    socket,
    said,
    async next() {
      if (said.length === 0) await once(socket, "message");
      return said.shift();
    },
  };
}

/** The status with which a connection is refused. */
const refusedWith = (socket: WebSocket): Promise<number | string> =>
  new Promise((resolve) => {
    socket.on("unexpected-response", (_request, response) => resolve(response.statusCode ?? 0));
    socket.on("error", (error) => resolve(error.message));
    socket.on("open", () => resolve("opened"));
  });

const alive = async () => (await fetch(`${listening.url}/healthz`)).status;
const push = (who: TokenFor, n: number) =>
  device(server, uuid(9000 + n), who).push(create("students", uuid(n), { name: "Ada" }));

test("L10 F21: after the commit a poke goes to every socket of the school, with the seq and no data; none to another school", async () => {
  const [ours, theirs] = [schoolIdOf("ours"), schoolIdOf("theirs")];
  const one = await page(await server.token({ school: ours }));
  const two = await page(await server.token({ school: ours, role: "viewer" }), "https://school.example");
  const other = await page(await server.token({ school: theirs }));
  expect(one.socket.protocol).toBe("hda.live.1");
  const { seq } = await push({ school: ours }, 1);
  expect([await one.next(), await two.next()]).toEqual([{ seq }, { seq }]);
  await server.call("POST", "/api/students", { school: ours, body: { name: "by REST" } });
  expect(await one.next()).toEqual({ seq: seq + 1 });
  // A refused push changes nothing, and so says nothing.
  await device(server, uuid(9009), { school: ours }).push(create("grades", uuid(5), { studentId: uuid(99) }));
  await push({ school: theirs }, 2);
  expect(await other.next()).toEqual({ seq: 1 });
  expect([one.said, two.said.length, other.said]).toEqual([[], 1, []]);
  for (const peer of [one, two, other]) peer.socket.close();
});

test("what is no browser shows its token in a header, and needs no origin", async () => {
  const headers = { authorization: `Bearer ${await server.token()}` };
  const peer = await opened(new WebSocket(address, { headers }));
  const { seq } = await push({}, 3);
  expect(await peer.next()).toEqual({ seq });
  peer.socket.close();
});

test("S16: a foreign or missing origin, a bad or absent token: refused before there is a socket", async () => {
  const token = await server.token();
  const attempt = (protocols: string[], headers: Record<string, string>) =>
    refusedWith(new WebSocket(address, protocols, { headers }));
  const bearer = ["hda.live.1", `bearer.${token}`];
  const origin = listening.url;
  expect(await attempt(bearer, { origin: "https://evil.example" })).toBe(403);
  expect(await attempt(bearer, { origin: "null" })).toBe(403);
  expect(await attempt(bearer, {})).toBe(403);
  expect(await attempt(["hda.live.1"], { origin })).toBe(401);
  expect(await attempt([`bearer.${token}`], { origin })).toBe(401);
  expect(await attempt(["hda.live.1", "bearer.a.b.c"], { origin })).toBe(401);
  const old = await makeToken({ secret, school: "x", role: "admin", user: "u", expiresIn: -60 });
  expect(await attempt(["hda.live.1", `bearer.${old}`], { origin })).toBe(401);
  const plain = await fetch(`${listening.url}/api/live`);
  expect(plain.status).toBe(400);
  expect(await alive()).toBe(200);
});

test("S16: a token that ends while the socket is open closes it", async () => {
  const token = await makeToken({ secret, school: "brief", role: "admin", user: "u", expiresIn: 1 });
  const peer = await page(token);
  const [code] = await once(peer.socket, "close");
  expect(code).toBe(4401);
});

test("S16: a frame of 1 MB closes its own socket and no other", async () => {
  const school = schoolIdOf("frames");
  const [loud, quiet] = [await page(await server.token({ school })), await page(await server.token({ school }))];
  loud.socket.send("x".repeat(1_000_000));
  loud.socket.on("error", () => {});
  const [code] = await once(loud.socket, "close");
  expect(code).toBe(1009);
  await push({ school }, 4);
  expect(await quiet.next()).toEqual({ seq: 1 });
  quiet.socket.close();
});

/** The bytes of an upgrade, as nobody's library would send them. */
async function raw(change: (lines: string[]) => string[], destroyAtOnce = false): Promise<string> {
  const { hostname, port } = new URL(listening.url);
  const lines = [
    "GET /api/live HTTP/1.1",
    `Host: ${hostname}:${port}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    `Origin: ${listening.url}`,
    `Sec-WebSocket-Protocol: hda.live.1, bearer.${await server.token()}`,
  ];
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  socket.write(`${change(lines).join("\r\n")}\r\n\r\n`);
  if (destroyAtOnce) {
    socket.resetAndDestroy();
    return "";
  }
  const [data] = (await Promise.race([once(socket, "data"), once(socket, "close")])) as [unknown];
  socket.destroy();
  return String(data).split("\r\n")[0] ?? "";
}

test("S16: a malformed key or version is refused, a reset in the middle is survived", async () => {
  expect(await raw((lines) => lines)).toContain("101");
  const without = (name: string) => (lines: string[]) => lines.filter((line) => !line.startsWith(name));
  const withLine = (name: string, value: string) => (lines: string[]) => [...without(name)(lines), `${name}: ${value}`];
  for (const change of [
    withLine("Sec-WebSocket-Key", "short"),
    without("Sec-WebSocket-Key"),
    withLine("Sec-WebSocket-Version", "99"),
    withLine("Sec-WebSocket-Protocol", "hda.live.1,,bad protocol"),
  ]) {
    expect(await raw(change)).toMatch(/ 4\d\d /);
  }
  await Promise.all(Array.from({ length: 20 }, () => raw((lines) => lines, true)));
  expect(await alive()).toBe(200);
  const peer = await page(await server.token({ school: schoolIdOf("after") }));
  await push({ school: schoolIdOf("after") }, 5);
  expect(await peer.next()).toEqual({ seq: 1 });
  peer.socket.close();
});

test("S15: a user who opens sockets without end is told to wait", async () => {
  const own = await testServer({ rateLimit: { perSecond: 1, burst: 3 } });
  const port = await listen(own.server, { port: 0 });
  const headers = { authorization: `Bearer ${await own.token()}` };
  const open = () => refusedWith(new WebSocket(`${port.url.replace("http", "ws")}/api/live`, { headers }));
  const ends = [await open(), await open(), await open(), await open()];
  expect(ends).toEqual(["opened", "opened", "opened", 429]);
  await port.close();
  await own.close();
});

test("a server that closes ends its sockets, and does not wait for them", async () => {
  const own = await testServer();
  const port = await listen(own.server, { port: 0 });
  const socket = new WebSocket(`${port.url.replace("http", "ws")}/api/live`, {
    headers: { authorization: `Bearer ${await own.token()}` },
  });
  await opened(socket);
  const closed = once(socket, "close");
  await port.close();
  await closed;
  await own.close();
});
