/** The proof: what came out when a backup was restored and compared. One for each verification; the newest counts. */
import { z } from 'zod';
import { HoldfastError } from '../../core/errors.js';
import { parseKey, proofKey } from '../keys.js';
import type { ObjectStore, PutOptions, StoredObject } from '../object-store.js';
import {
  formatDocument,
  parseDocument,
  readDocumentBytes,
  requireSeal,
  writeDocumentBytes,
  type DeepReadonly,
  type DocumentFormat,
} from './document.js';
import { count, moment, sha256, tool } from './fields.js';

export const proofSchema = z
  .object({
    format: z.literal('holdfast.proof'),
    version: z.literal(1),
    database: z.string(),
    key: z.string().describe('The key of the dump.'),
    manifestSha256: sha256().describe('Of the stored manifest: a proof counts for that manifest alone.'),
    verifiedAt: moment(),
    durationMs: count(),
    tool: tool(),
    server: z.object({
      version: z.string().describe('Of the PostgreSQL that it was restored into.'),
      throwaway: z.boolean().describe('Whether that server was made for this verification.'),
    }),
    verdict: z
      .enum(['proven', 'differs', 'unreadable', 'incomplete'])
      .describe('incomplete: something needed for a verdict was not there, as an extension.'),
    entries: count().describe('Entries in the backup.'),
    matched: count().describe('Entries that came back equal, reprinted ones included.'),
    reprinted: count().describe('Entries that came back equal only in canonical form.'),
    differences: z.array(
      z.object({ type: z.string(), schema: z.string().nullable(), name: z.string(), reason: z.string() }),
    ),
    missingExtensions: z.array(z.object({ name: z.string(), dependents: z.array(z.string()) })),
    notes: z.array(z.string()),
    materializedViewsRefreshed: count(),
  })
  .superRefine((proof, context) => {
    const complain = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (proof.matched > proof.entries) complain('matched', 'it exceeds the number of entries');
    if (proof.verdict === 'proven' && proof.differences.length > 0) complain('verdict', 'proven, with differences');
    if (proof.verdict === 'proven' && proof.missingExtensions.length > 0) {
      complain('verdict', 'proven, with missing extensions');
    }
  })
  .meta({ title: 'Proof of a Holdfast backup' });

export type Proof = DeepReadonly<z.infer<typeof proofSchema>>;

export const proofFormat: DocumentFormat<typeof proofSchema> = {
  name: 'holdfast.proof',
  version: 1,
  title: 'proof',
  schema: proofSchema,
};

/** The bytes of a proof; INTERNAL when it does not keep to the format. */
export function formatProof(proof: Proof): Buffer {
  return formatDocument(proofFormat, proof);
}

/** Parses a proof's bytes; MANIFEST_INVALID with what is wrong. */
export function parseProof(key: string, bytes: Uint8Array): Proof {
  return parseDocument(proofFormat, key, bytes);
}

/** Stores a proof beside the backup it is about. Errors as of `ObjectStore.put`. */
export async function writeProof(store: ObjectStore, proof: Proof, options?: PutOptions): Promise<StoredObject> {
  const bytes = formatProof(proof);
  const base = parseKey(proof.key)?.base;
  if (base === undefined) throw new HoldfastError('INTERNAL', `${JSON.stringify(proof.key)} is not the key of a dump.`);
  return writeDocumentBytes(store, proofKey(base, new Date(proof.verifiedAt)), bytes, options);
}

/** Reads the proof at `key`; OBJECT_MISSING, VAULT_UNREADABLE, MANIFEST_INVALID. */
export async function readProof(store: ObjectStore, key: string, signal?: AbortSignal): Promise<Proof> {
  const { bytes } = await readDocumentBytes(store, key, signal);
  const proof = parseProof(key, bytes);
  requireSeal(proofFormat, key, bytes);
  return proof;
}
