import type { Failure } from "./types";

export const failure = (message: string, more: Partial<Failure>): Failure =>
  Object.assign(new Error("shelflife: " + message), more);
