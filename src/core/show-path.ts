/** Where a value stands in a document: keys and indexes, from the top. */
export type Path = readonly PropertyKey[];

/** `databases[0].port`; the top of the file is `the file`. */
export function showPath(path: Path): string {
  if (path.length === 0) return 'the file';
  return path
    .map((key, index) => {
      if (typeof key === 'number') return `[${key}]`;
      const name = String(key);
      if (!/^[\w$-]+$/.test(name)) return `[${JSON.stringify(name)}]`;
      return index === 0 ? name : `.${name}`;
    })
    .join('');
}
