/**
 * Names of a copy, and as a dump has them. The two differ where the platform cannot decode the dump's encoding: names are
 * read byte by byte there, and the server has to say what they are.
 */
import type pg from 'pg';
import { isDecodable } from '../../dump/text-encoding.js';

export interface DumpedNames {
  /** What the server calls something that the dump calls so. */
  toServer(names: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** What the dump calls something that the server calls so. */
  toDump(names: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

/** @param encoding of the dump */
export function dumpedNames(client: pg.Client, encoding: string): DumpedNames {
  if (isDecodable(encoding)) return { toServer: asTheyAre, toDump: asTheyAre };
  return {
    toServer: async (names) => {
      const bytes = names.map((name) => Buffer.from(name, 'latin1'));
      const { rows } = await client.query<{ name: string }>(
        `SELECT pg_catalog.convert_from(n.bytes, $2) AS name
           FROM pg_catalog.unnest($1::pg_catalog.bytea[]) WITH ORDINALITY n (bytes, position) ORDER BY n.position`,
        [bytes, encoding],
      );
      return new Map(names.map((name, index) => [name, rows[index]?.name ?? name]));
    },
    toDump: async (names) => {
      const { rows } = await client.query<{ hex: string }>(
        `SELECT pg_catalog.encode(pg_catalog.convert_to(n.name, $2), 'hex') AS hex
           FROM pg_catalog.unnest($1::pg_catalog.text[]) WITH ORDINALITY n (name, position) ORDER BY n.position`,
        [names, encoding],
      );
      return new Map(names.map((name, index) => [name, Buffer.from(rows[index]?.hex ?? '', 'hex').toString('latin1')]));
    },
  };
}

function asTheyAre(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  return Promise.resolve(new Map(names.map((name) => [name, name])));
}
