import { createClient } from "./client";
import type { Client, Options } from "./types";

/** A client with automatic capture and push. */
export function createFullClient(options: Options = {}): Client {
  return createClient(options);
}
