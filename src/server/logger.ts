/** Structured lines by pino, on standard error, so that a command's own output stays clean. */
import type { Logger } from "./services.ts";

/** @param level `silent` writes nothing */
export async function createLogger(level = "info"): Promise<Logger> {
  const { destination, pino } = await import("pino");
  // Nothing personal is logged; this is the second fence, should a careless line name one of these.
  const redact = { paths: ["token", "authorization", "name", "email", "*.token", "*.email"], censor: "[kept out]" };
  const log = pino({ level, redact, base: null }, destination(2));
  return {
    info: (facts, message) => log.info(facts, message),
    warn: (facts, message) => log.warn(facts, message),
    error: (facts, message) => log.error(facts, message),
  };
}

export const silentLogger: Logger = { info() {}, warn() {}, error() {} };
