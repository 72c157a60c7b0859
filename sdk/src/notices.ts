import type { Notices } from "./types";

export type Emit = <Name extends keyof Notices>(name: Name, value: Notices[Name]) => void;
type Callback = (value: never) => void;

export function createNotices() {
  const callbacks: Partial<Record<string, Callback[]>> = {};
  let debugging = false;
  return {
    debug(on = true) {
      debugging = on;
    },
    on<Name extends keyof Notices>(name: Name, callback: (value: Notices[Name]) => void) {
      callbacks[name] = [...(callbacks[name] || []), callback];
      return () => {
        callbacks[name] = callbacks[name]!.filter((other) => other !== callback);
      };
    },
    /** A page's callback that throws does not stop the others, nor the client. */
    emit: ((name, value) => {
      if (debugging) console.log("shelflife", name, value);
      for (const callback of callbacks[name] || []) {
        try {
          callback(value as never);
        } catch (error) {
          console.error(error);
        }
      }
    }) as Emit,
  };
}
