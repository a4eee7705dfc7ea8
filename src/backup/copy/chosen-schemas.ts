/** The choice of schemas that a manifest records, before pg_dump is given it. */
import pg from 'pg';
import { HoldfastError, messageOf } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';
import { parseNamePattern } from '../../syntax/sql/name-pattern.js';

/** Linux takes no argument of 128 KiB or more, and all of them together only up to a quarter of the stack. */
const LONGEST = 100_000;
const LONGEST_TOGETHER = 1_000_000;

/** invalid_regular_expression, character_not_in_repertoire. */
const UNREADABLE: ReadonlySet<string> = new Set(['2201B', '22021']);

/**
 * The patterns as pg_dump can be given them in a copy, whose database may have another name than the source; none where
 * they match no schema of the copy, which pg_dump takes for a failure.
 *
 * Whoever can write to the vault chooses the patterns. On those that it cannot read pg_dump fails, and that failure
 * looks like any other of it. No backup was taken with them, so it is the manifest that is wrong.
 *
 * @param patterns of the manifest, not empty
 * @throws HoldfastError MANIFEST_INVALID for a pattern that pg_dump cannot have taken
 */
export async function chosenSchemas(client: pg.Client, patterns: readonly string[]): Promise<string[]> {
  const own = patterns.map(withoutDatabase);
  const length = patterns.reduce((sum, pattern) => sum + pattern.length, 0);
  if (length > LONGEST_TOGETHER || patterns.some((pattern) => pattern.length > LONGEST)) {
    throw invalidSelection(`its patterns for schemas are ${length} characters long`);
  }
  try {
    const { rows } = await client.query<{ found: boolean }>(
      // Counted, as every pattern has to be read, also those after one that matches.
      `SELECT pg_catalog.count(*) FILTER (WHERE n.nspname::pg_catalog.text ~ p.pattern) > 0 AS found
         FROM pg_catalog.pg_namespace n, pg_catalog.unnest($1::pg_catalog.text[]) AS p (pattern)`,
      [own.map((pattern) => parseNamePattern(pattern).name)],
    );
    return rows[0]?.found ? own : [];
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || !UNREADABLE.has(error.code ?? '')) throw error;
    throw invalidSelection(`one of its patterns for schemas is none: ${messageOf(error)}`, error);
  }
}

/** `shop.public` → `public`: pg_dump takes a database's name in front, if it is that of its own database. */
function withoutDatabase(pattern: string): string {
  const dots: number[] = [];
  let inQuotes = false;
  for (let at = 0; at < pattern.length; at++) {
    if (pattern[at] === '"') inQuotes = !inQuotes;
    else if (pattern[at] === '.' && !inQuotes) dots.push(at);
  }
  if (dots.length > 1 || pattern.includes('\0'))
    throw invalidSelection(`${quoted(pattern)} is no pattern for a schema`);
  return pattern.slice((dots[0] ?? -1) + 1);
}

function invalidSelection(fault: string, cause?: unknown): HoldfastError {
  return new HoldfastError('MANIFEST_INVALID', `Reading the manifest's selection failed: ${fault}.`, {
    cause,
    hint: 'No backup can have been taken with it: somebody changed the manifest. Use another backup.',
  });
}
