/** Names and texts in localStorage, and in memory where that is refused or full. */
export interface Store {
  get(name: string): string | undefined;
  set(name: string, text: string): void;
  remove(name: string): void;
  /** All that begin with `prefix`, in order. */
  names(prefix: string): string[];
}

const PREFIX = "shelflife.";
/** The entry that says who is here. */
export const STATE = PREFIX + "state";

export function openStore(): Store {
  const memory = new Map<string, string>();
  /** Undefined when the browser refuses: the very property throws where storage is forbidden. */
  const attempt = <T>(work: (disk: Storage) => T): T | undefined => {
    try {
      return work(localStorage);
    } catch {}
  };
  return {
    get: (name) => memory.get(name) ?? attempt((disk) => disk.getItem(PREFIX + name)) ?? undefined,
    set(name, text) {
      memory.set(name, text);
      attempt((disk) => {
        disk.setItem(PREFIX + name, text);
        memory.delete(name);
      });
    },
    remove(name) {
      memory.delete(name);
      attempt((disk) => disk.removeItem(PREFIX + name));
    },
    names: (prefix) =>
      [...memory.keys(), ...(attempt(keys) || [])].filter((name) => name.startsWith(prefix)).sort(),
  };
}

const keys = (disk: Storage) =>
  Object.keys(disk)
    .filter((key) => key.startsWith(PREFIX))
    .map((key) => key.slice(PREFIX.length));

/** Remove all that was ever stored. */
export function wipe(): void {
  const store = openStore();
  store.names("").forEach(store.remove);
}
