/** Stub until its owner writes it. */
import { Hono } from "hono";
import type { Env } from "../env.ts";
import type { Services } from "../services.ts";

export const syncRoutes = (_services: Services): Hono<Env> => new Hono<Env>();
