/** An extension that a test cannot do without: what is missing is named, and no test is skipped for it. */
import type { TestDatabase } from './postgres.js';

/** Creates it. @throws Error with what to install */
export async function requireExtension(database: TestDatabase, name: string): Promise<void> {
  const [found] = await database.query(`SELECT FROM pg_available_extensions WHERE name = '${name}'`);
  if (!found) {
    throw new Error(
      `These tests need the PostgreSQL extension ${name}, and the server has none: npm run setup -- --for test installs it.`,
    );
  }
  await database.query(`CREATE EXTENSION ${name}`);
}
