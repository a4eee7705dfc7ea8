/** The proof: the result of restoring a backup and comparing it. One for each verification. */
import * as z from 'zod';
import type { DeepReadonly } from '../../core/deep-readonly.js';
import { HoldfastError } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';
import { parseKey, proofKey } from '../keys.js';
import type { ObjectStore, PutOptions, StoredObject } from '../object-store.js';
import {
  documentFormat,
  formatDocument,
  parseDocument,
  parseSealed,
  readDocumentBytes,
  writeDocumentBytes,
} from './document.js';
import { count, moment, sha256, tool } from './fields.js';

const VERDICTS = ['proven', 'restores', 'differs', 'unreadable', 'incomplete'] as const;

const superseded = z.object({
  key: z.string().describe('Of the other proof.'),
  sha256: sha256().describe('Of its stored bytes: nobody can name a proof without having read it.'),
});

const confinement = z.object({
  method: z
    .string()
    .describe('What confined the server and its client programs, such as setpriv; none if nothing did.'),
  detail: z.string().optional().describe('For people: what it allowed, and why it was not stricter.'),
});

const DERIVED = ['equal', 'differs', 'not-compared'] as const;

/** What stands beside the verdict; shared with the documents of commands. */
export const besideVerdict = {
  derived: z
    .enum(DERIVED)
    .optional()
    .describe(
      'What a copy computes anew (stored generated columns, materialized views) against what the source had. Changes neither verdict nor exit status. From version 2 on; absent where there is nothing of the kind.',
    ),
  derivedDifferences: z
    .array(z.object({ type: z.string(), schema: z.string().nullable(), name: z.string(), reason: z.string() }))
    .optional()
    .describe('What of it came back different: the source may have been stale. From version 2 on.'),
  notCompared: z
    .array(
      z.object({
        kind: z.string(),
        objects: z
          .array(z.string())
          .describe('The first 100; the manifest may name more. Empty where they are not known one by one.'),
        total: count().optional().describe('How many there are, where that is known.'),
        reason: z.string().describe('For people: a sentence.'),
      }),
    )
    .optional()
    .describe(
      'What the verdict does not speak of: what is in no dump, or was left out of this one. From version 2 on.',
    ),
};

/** Shared with the documents of commands. */
export const acrossSchema = z.object({
  sourceMajor: z.int().positive().describe("The source's: 15."),
  serverMajor: z.int().positive().describe('Of the server that it was restored into: 17.'),
  writtenDifferently: z
    .array(
      z.object({
        type: z.string().describe("pg_dump's type of entries, such as VIEW."),
        count: count(),
        objects: z.array(z.string()).describe('The first 100: schema.name.'),
      }),
    )
    .describe(
      'Definitions that the new major writes in other words. They are counted among `matched`: the objects, their owners and privileges are the same, but nothing has compared what the words mean.',
    ),
});

export const proofSchema = z
  .object({
    format: z.literal('holdfast.proof'),
    version: z.literal([1, 2]),
    database: z.string(),
    key: z.string().describe('The key of the dump.'),
    manifestSha256: sha256().describe('Of the stored manifest: a proof counts only for that manifest.'),
    verifiedAt: moment(),
    durationMs: count(),
    tool: tool(),
    server: z.object({
      version: z.string().describe('Of the PostgreSQL that it was restored into.'),
      throwaway: z.boolean().describe('Whether that server was made for this verification.'),
    }),
    confinement: confinement
      .optional()
      .describe('How the drill was confined. From version 2 on; absent where it was not recorded.'),
    verdict: z
      .enum(VERDICTS)
      .describe(
        'restores: into another major than the source has, see `across`. incomplete: something needed for a verdict was missing, such as an extension. See proof.md for others.',
      ),
    empty: z
      .boolean()
      .optional()
      .describe('Whether the backup holds no rows and no large objects, so that little was proven. From version 2 on.'),
    across: acrossSchema
      .optional()
      .describe(
        'Of a verification on a server of another major than the source. From version 2 on; absent for the same major.',
      ),
    entries: count().describe('Entries in the backup.'),
    matched: count().describe('Entries that came back equal, reprinted ones included.'),
    reprinted: count().describe('Entries that came back equal only in canonical form.'),
    differences: z.array(
      z.object({ type: z.string(), schema: z.string().nullable(), name: z.string(), reason: z.string() }),
    ),
    missingExtensions: z.array(z.object({ name: z.string(), dependents: z.array(z.string()) })),
    notes: z.array(z.string()),
    materializedViewsRefreshed: count(),
    ...besideVerdict,
    supersedes: z
      .array(superseded)
      .optional()
      .describe(
        'The proofs of this backup that existed and were read before this verification began. From version 2 on.',
      ),
  })
  .superRefine((proof, context) => {
    const complain = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (proof.matched > proof.entries) complain('matched', 'it exceeds the number of entries');
    if (proof.verdict === 'proven' && proof.differences.length > 0) complain('verdict', 'proven, with differences');
    if (proof.verdict === 'proven' && proof.missingExtensions.length > 0) {
      complain('verdict', 'proven, with missing extensions');
    }
    if (proof.verdict === 'restores' && (proof.differences.length > 0 || proof.missingExtensions.length > 0)) {
      complain('verdict', 'restores, with differences or missing extensions');
    }
    if (proof.verdict === 'restores' && proof.across === undefined) complain('across', 'it is missing');
    if (proof.verdict === 'proven' && proof.across !== undefined) complain('verdict', 'proven, by another major');
    if (proof.version !== 1 && proof.supersedes === undefined) complain('supersedes', 'it is missing');
  })
  .meta({ title: 'Proof of a Holdfast backup' });

export type Proof = DeepReadonly<z.infer<typeof proofSchema>>;

export const proofFormat = documentFormat('holdfast.proof', 2, 'proof', proofSchema, prepareProof);

/**
 * An unknown verdict is treated as no verdict. Fields that a later version added are not read from a document of
 * version 1: no writer of version 1 knew them.
 */
function prepareProof(document: Readonly<Record<string, unknown>>): unknown {
  const { version, verdict, notes } = document;
  if (version === 1) {
    const beside = { derived: undefined, derivedDifferences: undefined, notCompared: undefined, across: undefined };
    return { ...document, supersedes: undefined, confinement: undefined, empty: undefined, ...beside };
  }
  if (typeof verdict !== 'string' || (VERDICTS as readonly string[]).includes(verdict)) return document;
  const note = `Its verdict is ${JSON.stringify(verdict)}, which this Holdfast does not know: upgrade it.`;
  return { ...document, verdict: 'incomplete', notes: Array.isArray(notes) ? [...(notes as unknown[]), note] : notes };
}

/** The bytes of a proof; INTERNAL when it does not conform to the format. */
export function formatProof(proof: Proof): Buffer {
  return formatDocument(proofFormat, proof);
}

/** Parses a proof's bytes; MANIFEST_INVALID with what is wrong. */
export function parseProof(key: string, bytes: Uint8Array): Proof {
  return parseDocument(proofFormat, key, bytes);
}

/**
 * Stores a proof beside the backup it is about. Errors as for `ObjectStore.put`.
 *
 * @param nonce for a key other than that of the second it was made in, which may be taken
 */
export async function writeProof(
  store: ObjectStore,
  proof: Proof,
  options?: PutOptions,
  nonce?: string,
): Promise<StoredObject> {
  const bytes = formatProof(proof);
  const base = parseKey(proof.key)?.base;
  if (base === undefined) throw new HoldfastError('INTERNAL', `${quoted(proof.key)} is not the key of a dump.`);
  return writeDocumentBytes(store, proofKey(base, new Date(proof.verifiedAt), nonce), bytes, options);
}

/** Reads the proof at `key`; OBJECT_MISSING, VAULT_UNREADABLE, MANIFEST_INVALID. */
export async function readProof(store: ObjectStore, key: string, signal?: AbortSignal): Promise<Proof> {
  const { bytes } = await readDocumentBytes(store, key, signal);
  return parseSealedProof(key, bytes);
}

/** Parses the bytes of a stored proof and checks them against its checksum; MANIFEST_INVALID. */
export function parseSealedProof(key: string, bytes: Uint8Array): Proof {
  return parseSealed(proofFormat, key, bytes);
}
