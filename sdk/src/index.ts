export { createFullClient as createClient } from "./everything";
export type * from "./types";
