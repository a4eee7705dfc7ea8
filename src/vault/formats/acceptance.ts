/**
 * The acceptance of a source: somebody's word that from now on the backups of a database come from another database or
 * server; or, with `volume`, that a backup holds what it should. Like the marker of the vault it is outside the layout of
 * backups, where the bucket policy lets no writer put anything: what takes backups cannot vouch for them.
 */
import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { throwIfAborted } from '../../core/cancellation.js';
import type { DeepReadonly } from '../../core/deep-readonly.js';
import { HoldfastError } from '../../core/errors.js';
import { SYSTEM_IDENTIFIER } from '../../core/system-identifier.js';
import { databasePrefix, formatStamp } from '../keys.js';
import type { ObjectStore, PutOptions, StoredObject } from '../object-store.js';
import {
  documentFormat,
  formatDocument,
  isOfNewerVersion,
  parseSealed,
  readDocumentBytes,
  writeDocumentBytes,
} from './document.js';
import { moment, sha256, tool } from './fields.js';

const ACCEPTED_PREFIX = 'holdfast/accepted';

const source = z.object({
  dbName: z.string().describe("The database's name on its server."),
  systemIdentifier: z
    .string()
    .regex(SYSTEM_IDENTIFIER)
    .nullable()
    .describe("The cluster's identifier, decimal; null where it was not known."),
});

export const acceptanceSchema = z
  .object({
    format: z.literal('holdfast.acceptance'),
    version: z.literal(1),
    database: z.string().describe("The database's name in the vault."),
    former: source.nullable().describe('The source until then; null where none was known.'),
    source: source.describe('What is accepted.'),
    volume: z
      .object({
        key: z.string().describe('The key of its dump.'),
        manifestSha256: sha256().describe('Of its stored manifest.'),
      })
      .optional()
      .describe(
        'A backup that holds what it should, however much less than those before: later ones are compared with it. Such an acceptance says nothing new of the source.',
      ),
    acceptedAt: moment(),
    acceptedBy: z.string().describe('The user and host that ran the command, as the system there calls them.'),
    supersedes: z
      .array(z.object({ key: z.string(), sha256: sha256().describe('Of its stored bytes.') }))
      .describe('The acceptances that existed and were read before this one: it replaces them.'),
    tool: tool(),
  })
  .meta({ title: 'Acceptance of a source of Holdfast backups' });

export type Acceptance = DeepReadonly<z.infer<typeof acceptanceSchema>>;

export const acceptanceFormat = documentFormat('holdfast.acceptance', 1, 'acceptance', acceptanceSchema);

/** What the keys of acceptances end with; any other object is skipped. */
const NAME = /\/\d{8}T\d{6}Z(?:-[0-9a-f]{8})?\.json$/;

/** What could be read of an acceptance. */
export interface ReadAcceptance {
  readonly key: string;
  /** Of its bytes; absent where they could not be read. */
  readonly sha256?: string;
  readonly acceptance?: Acceptance;
  /** Why there is none: a sentence. */
  readonly fault?: string;
  /** Whether a newer Holdfast wrote it, so that this one cannot know what it says. */
  readonly newer?: boolean;
}

/**
 * All acceptances of a database.
 *
 * @throws HoldfastError VAULT_UNREADABLE where they cannot be listed; the signal's error. What cannot be read is in the
 *   answer.
 */
export async function readAcceptances(
  store: ObjectStore,
  database: string,
  signal?: AbortSignal,
): Promise<ReadAcceptance[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(databasePrefix(database, ACCEPTED_PREFIX), signal)) {
    if (NAME.test(key)) keys.push(key);
  }
  const read: ReadAcceptance[] = [];
  for (const key of keys) read.push(await readOne(store, key, database, signal));
  return read;
}

async function readOne(
  store: ObjectStore,
  key: string,
  database: string,
  signal: AbortSignal | undefined,
): Promise<ReadAcceptance> {
  let found: { readonly sha256: string; readonly newer: boolean } | undefined;
  try {
    const { bytes, sha256 } = await readDocumentBytes(store, key, signal);
    found = { sha256, newer: isOfNewerVersion(acceptanceFormat, bytes) };
    const acceptance = parseSealed(acceptanceFormat, key, bytes);
    if (acceptance.database === database) return { key, sha256, acceptance };
    return { key, ...found, fault: `The acceptance ${key} is for another database, ${acceptance.database}.` };
  } catch (error) {
    throwIfAborted(signal);
    if (!(error instanceof HoldfastError)) throw error;
    return { key, ...found, fault: error.message };
  }
}

/** Stores an acceptance. Errors as for `ObjectStore.put`. */
export async function writeAcceptance(
  store: ObjectStore,
  acceptance: Acceptance,
  options?: PutOptions,
): Promise<StoredObject> {
  const bytes = formatDocument(acceptanceFormat, acceptance);
  const base = databasePrefix(acceptance.database, ACCEPTED_PREFIX) + formatStamp(new Date(acceptance.acceptedAt));
  try {
    return await writeDocumentBytes(store, `${base}.json`, bytes, options);
  } catch (error) {
    // There is another one from the same second.
    if (!(error instanceof HoldfastError) || error.code !== 'OBJECT_EXISTS') throw error;
    return writeDocumentBytes(store, `${base}-${randomBytes(4).toString('hex')}.json`, bytes, options);
  }
}
