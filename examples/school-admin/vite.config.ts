import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  // The page and the server under one origin, WebSocket included; `vite preview` does the same.
  server: { proxy: { "/api": { target: process.env.API_URL ?? "http://127.0.0.1:8787", ws: true } } },
});
