/** Where a restore goes: a URL, or a database of the config by its name. */
import { findDatabase } from '../../config/find-database.js';
import { nameProblem } from '../../config/name.js';
import type { DatabaseAccess } from '../../postgres/connection.js';
import type { Session } from '../session.js';
import { accessByConfig, accessByUrl, type SignInOptions } from './connection.js';

/**
 * @param given the value of `--to`: a URL, `-` to read one from standard input, or a name, which no URL looks like
 * @throws HoldfastError UNKNOWN_DATABASE, CONFIG_NOT_FOUND, and as the two ways of access do
 */
export async function restoreTarget(session: Session, given: string, signIn: SignInOptions): Promise<DatabaseAccess> {
  if (nameProblem(given) !== undefined) return accessByUrl(session, given, signIn);
  const config = await session.config.required(
    '--to takes a URL (postgres://user@host/database), or the name of a database in a config: give --config FILE.',
  );
  const database = findDatabase(config, given);
  return accessByConfig(session, database, database.dbName, `database "${database.name}"`, signIn);
}
