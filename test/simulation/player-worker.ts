/** A thread that plays the schedules of the seeds that it is given, one after the other. */
import { parentPort, workerData } from "node:worker_threads";
import { makePlayer, type Stakes } from "./player.ts";
import { drawSchedule } from "./schedule.ts";

// Stacks are a fifth of the time of a run; whoever looks at a failure plays it again.
Error.stackTraceLimit = 0;

const { play } = await makePlayer(workerData as Stakes);
parentPort?.on("message", async (seed: number) => {
  parentPort?.postMessage({ seed, outcome: await play(drawSchedule(seed)) });
});
