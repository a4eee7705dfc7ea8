import { quoteLiteral } from '../../../syntax/sql/identifiers.js';

/** `SET default_tablespace = '';` between two entries: it applies to everything that follows. */
export function isSetting(text: Buffer): boolean {
  return settingName(text) !== undefined;
}

export function settingName(text: Buffer): string | undefined {
  return text.length < 200 ? /^SET (\w+) = /.exec(text.toString('latin1', 0, 64))?.[1] : undefined;
}

/** Until the transaction ends. */
export function setSearchPath(path: string): string {
  return `SELECT pg_catalog.set_config('search_path', ${quoteLiteral(path)}, true);`;
}
