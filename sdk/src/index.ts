import { createFullClient } from "./everything";
import type { CreateClient } from "./types";

export const createClient: CreateClient = createFullClient;
export type * from "./types";
