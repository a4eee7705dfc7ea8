/** A group without what is `undefined` in it: spread over a default, that would hide it. */
export function withoutUndefined<T extends object>(group: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(group).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
