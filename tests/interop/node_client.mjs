// Interop with Node's own WebSocket, or with `ws` where Node has none. It cannot send fragments or pings of its own.

import { createRequire } from "node:module";

const [url, email, password, roomText] = process.argv.slice(2);
const room = Number(roomText);
// Where Debian installs it.
const Socket = globalThis.WebSocket ?? createRequire(import.meta.url)("/usr/share/nodejs/ws");

function expect(condition, what) {
  if (!condition) throw new Error(`unexpected: ${JSON.stringify(what)}`);
}

const answer = await fetch(`${url}/api/v1/sessions`, {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ email, password, transport: "bearer" }),
});
expect(answer.status === 201, answer.status);
const { token } = await answer.json();

const headers = { Authorization: `Bearer ${token}` };
const address = `${url.replace("http", "ws")}/api/v1/socket`;
const socket = globalThis.WebSocket ? new Socket(address, { headers }) : new Socket(address, [], { headers });

const frames = [];
let seq = 0;
let heard = () => {};
socket.addEventListener("message", ({ data }) => {
  const frame = JSON.parse(data);
  for (const entry of frame.t === "entries" ? frame.entries : frame.t === "entry" ? [frame] : []) {
    if (entry.seq !== seq + 1) fail(new Error(`${data} after ${seq}`));
    seq = entry.seq;
  }
  frames.push(frame);
  heard();
});

let fail;
const failed = new Promise((_, reject) => (fail = reject));
socket.addEventListener("error", (event) => fail(new Error(event.message ?? "the connection failed")));
const late = setTimeout(() => fail(new Error(`nothing comes after ${JSON.stringify(frames)}`)), 15_000);

async function waitFor(fits) {
  for (;;) {
    const place = frames.findIndex(fits);
    if (place >= 0) return frames.splice(place, 1)[0];
    await Promise.race([new Promise((resolve) => (heard = resolve)), failed]);
  }
}

const send = (frame) => socket.send(JSON.stringify(frame));

const hello = await waitFor((frame) => frame.t === "hello");
expect(hello.protocol === 1, hello);
send({ t: "join", ref: 1, room, after: 0 });
const joined = await waitFor((frame) => frame.t === "joined");
const live = await waitFor((frame) => frame.t === "live");
expect(live.seq === joined.head && live.seq === seq, { joined, live });

send({ t: "post", ref: 2, room, nonce: "node-1", body: "said through Node: é" });
const posted = await waitFor((frame) => frame.t === "posted" && frame.ref === 2);
const entry = await waitFor((frame) => frame.t === "entry" && frame.nonce === "node-1");
expect(entry.seq === posted.seq && entry.body === "said through Node: é", entry);

send({ t: "ping", ref: 3 });
await waitFor((frame) => frame.t === "pong" && frame.ref === 3);
socket.send(new Uint8Array([0, 1]));
const refused = await waitFor((frame) => frame.t === "refused");
expect(refused.code === "frame_malformed", refused);

const closed = new Promise((resolve) => socket.addEventListener("close", resolve));
socket.close(1000, "enough");
const { code, wasClean } = await Promise.race([closed, failed]);
expect(code === 1000 && wasClean, { code, wasClean });
clearTimeout(late);
