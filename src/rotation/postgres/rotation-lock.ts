/** One step of a secret's rotation at a time changes a server, and only while the labels say that it is its turn. */
import { createHash } from 'node:crypto';
import type pg from 'pg';
import type { RotatedValues } from '../adapter.js';
import { asAdministrator, type AdministratorWork } from './administrator.js';
import { readSessionFacts } from './role-facts.js';
import type { PostgresEnvironment } from './sign-in.js';

/** A step that holds the lock has a few statements to run. */
const LOCK_TIMEOUT = '60s';

export interface Turn {
  readonly requireUnchanged: RotatedValues<unknown>['requireUnchanged'];
  readonly environment: PostgresEnvironment;
  /** Roll all of it back in the end. */
  readonly rehearse?: boolean;
}

/**
 * Runs `work` in a transaction that holds the secret's lock. The labels are read once it is held: a step that comes late
 * finds that they have moved, and changes nothing.
 *
 * @throws HoldfastError ROTATION_REFUSED for a late step; ROTATION_FAILED where another one does not end
 */
export async function inTurn<T>(
  client: pg.Client,
  { requireUnchanged, environment, rehearse = false }: Turn,
  work: (administrator: AdministratorWork) => Promise<T>,
): Promise<T> {
  const locked = async (administrator: AdministratorWork) => {
    await administrator.run('waiting for another step of this rotation', [
      `SET LOCAL lock_timeout TO '${LOCK_TIMEOUT}'`,
      `SELECT pg_catalog.pg_advisory_xact_lock(${lockKey(environment.secretId)})`,
    ]);
    await requireUnchanged();
    return work(administrator);
  };
  return asAdministrator(client, await readSessionFacts(client), locked, { rehearse });
}

/** 64 bits of the ARN's digest, signed as the server has them. */
function lockKey(secretArn: string): bigint {
  return createHash('sha256').update(`holdfast rotation of ${secretArn}`).digest().readBigInt64BE();
}
