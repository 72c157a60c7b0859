import { capture } from "./capture/capture";
import { createClient } from "./client";
import { Live } from "./live";
import type { FullClient, Options } from "./types";

/** A client with automatic capture and push. */
export function createFullClient(options: Options = {}): FullClient {
  const client = createClient(options) as FullClient;
  const live = new Live(client);
  client.onRecommendations = (callback, question) => live.subscribe_(callback, question);
  capture(client, options.auto);
  return client;
}
