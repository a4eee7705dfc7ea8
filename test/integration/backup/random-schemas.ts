/** The property that random databases are held to, for npm test and for the long tests. */
import fc from 'fast-check';
import pg from 'pg';
import { expect } from 'vitest';
import { serverDrill } from '../../../src/backup/verify/server-drill.js';
import { openMemoryStore } from '../../../src/vault/memory/memory-store.js';
import { createDatabase, type TestDatabase } from '../../helpers/postgres.js';
import { accessTo, makeContext, restore, takeBackup, verify } from './harness.js';
import { randomDatabase } from './random-schema.js';

/** Backs up random databases, proves them, and restores them into other databases that compare equal. */
export async function holdForRandomDatabases(parameters: fc.Parameters<[string[]]>): Promise<void> {
  await fc.assert(
    fc.asyncProperty(randomDatabase, async (statements) => {
      const context = await makeContext({ store: openMemoryStore() });
      const source = await createDatabase();
      const target = await createDatabase();
      try {
        await runAll(source, statements);
        const { backup } = await takeBackup(await accessTo(source.name), context);
        const result = await verify(backup, context, serverDrill(await accessTo('postgres')));
        expect(result.differences).toEqual([]);
        expect(result.verdict).toBe('proven');
        const restored = await restore(backup, await accessTo(target.name), context, { check: true });
        expect(restored.comparison?.differences).toEqual([]);
        expect(restored.comparison?.matched).toBe(restored.comparison?.entries);
      } finally {
        await source.end();
        await target.end();
      }
    }),
    parameters,
  );
}

/** Runs what PostgreSQL takes: most of it, or the generator is not worth its name. */
async function runAll(database: TestDatabase, statements: readonly string[]): Promise<void> {
  const client = await database.client();
  const refused: string[] = [];
  for (const statement of statements) {
    await client.query(statement).catch((error: unknown) => {
      if (!(error instanceof pg.DatabaseError)) throw error;
      refused.push(`${error.message}: ${statement}`);
    });
  }
  await client.end();
  if (refused.length * 3 > statements.length) throw new Error(`PostgreSQL refused too much:\n${refused.join('\n')}`);
}
