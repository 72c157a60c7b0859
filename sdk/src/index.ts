import { createFullClient } from "./everything";
import type { CreateClient, DefineWidget } from "./types";
import { defineWidget as define } from "./widget";

export const createClient: CreateClient = createFullClient;
export const defineWidget: DefineWidget = define;
export type * from "./types";
