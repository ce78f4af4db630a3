/** Messages among the tabs of this browser. */
import type { Channel } from "./platform.ts";

/**
 * A BroadcastChannel; where there is none, nobody hears and nothing is heard. What is posted goes out with the next task:
 * handing a message to the browser takes 0.1 ms, a fifth of a durable write, which nobody shall wait for.
 */
export function browserChannel(name: string): Channel {
  if (globalThis.BroadcastChannel === undefined)
    return { post: () => undefined, subscribe: () => () => undefined, close: () => undefined };
  const channel = new BroadcastChannel(name);
  // A timer would be slowed down in a page that is not in front.
  const { port1: wake, port2: woken } = new MessageChannel();
  let waiting: unknown[] = [];
  const send = (): void => {
    const messages = waiting;
    waiting = [];
    for (const message of messages) channel.postMessage(message);
  };
  woken.onmessage = send;
  return {
    post(message) {
      waiting.push(message);
      if (waiting.length === 1) wake.postMessage(null);
    },
    subscribe(listener) {
      const hear = (event: MessageEvent): void => listener(event.data);
      channel.addEventListener("message", hear);
      return () => channel.removeEventListener("message", hear);
    },
    close() {
      send();
      wake.close();
      channel.close();
    },
  };
}
