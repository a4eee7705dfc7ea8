/** What manifest and proof have in common: JSON with a format name and a version, checked when read and written. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { MIB } from '../../core/amounts.js';
import { HoldfastError } from '../../core/errors.js';
import { requireHeap } from '../../core/memory.js';
import type { GetOptions, ObjectStore, PutOptions, StoredObject } from '../object-store.js';

/**
 * The names of a hundred thousand roles and as many dependents take less: anything larger is something else. In bytes.
 */
const MAX_DOCUMENT_BYTES = 32 * MIB;
/**
 * Enough for the same, and for all the differences that a proof names. Bogus values of a few bytes each take hundreds
 * of bytes in memory.
 */
const MAX_VALUES = 1_000_000;
/** Bytes of heap for each value that is parsed and refused with a message about it. */
const BYTES_OF_VALUE = 400;

/** One format: its name, the newest version that this code reads, and its schema. */
export interface DocumentFormat<Schema extends z.ZodType> {
  /** As in the field `format`. */
  readonly name: string;
  /** The newest version that is read; every lower one is read too. */
  readonly version: number;
  /** For messages: `manifest`. */
  readonly title: string;
  /** Describes every version that is read. */
  readonly schema: Schema;
  /** Makes a document that has more than this code knows readable, before the schema sees it. */
  readonly prepare?: (document: Readonly<Record<string, unknown>>) => unknown;
}

/** A {@link DocumentFormat}; `schema` demands the same name and versions of the fields `format` and `version`. */
export function documentFormat<Schema extends z.ZodType>(
  name: string,
  version: number,
  title: string,
  schema: Schema,
  prepare?: DocumentFormat<Schema>['prepare'],
): DocumentFormat<Schema> {
  return prepare ? { name, version, title, schema, prepare } : { name, version, title, schema };
}

/** Bytes of an object, and their SHA-256 in hex. */
export interface ReadBytes {
  readonly bytes: Buffer;
  readonly sha256: string;
}

/** Reads a whole small object; errors as for `ObjectStore.get`, and MANIFEST_INVALID when it is far too large. */
export async function readDocumentBytes(
  store: ObjectStore,
  key: string,
  signal?: AbortSignal,
  options: Pick<GetOptions, 'refuseLinks'> = {},
): Promise<ReadBytes> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of store.get(key, { ...options, signal })) {
    size += chunk.byteLength;
    if (size > MAX_DOCUMENT_BYTES) {
      throw new HoldfastError(
        'MANIFEST_INVALID',
        `Reading ${key} failed: it is larger than ${MAX_DOCUMENT_BYTES} bytes.`,
      );
    }
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  return { bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** Stores a whole small object; errors as for `ObjectStore.put`. */
export function writeDocumentBytes(
  store: ObjectStore,
  key: string,
  bytes: Uint8Array,
  options?: PutOptions,
): Promise<StoredObject> {
  const body = (async function* () {
    yield await Promise.resolve(bytes);
  })();
  return store.put(key, body, { expectedBytes: bytes.byteLength, ...options });
}

/**
 * Parses the bytes of a document. Keys that this version does not know are left out.
 *
 * @param key where the bytes come from, for messages
 * @throws HoldfastError MANIFEST_INVALID with what is wrong and where; OUT_OF_MEMORY where Node.js may use too little
 */
export function parseDocument<Schema extends z.ZodType>(
  format: DocumentFormat<Schema>,
  key: string,
  bytes: Uint8Array,
): z.infer<Schema> {
  const fail = (fault: string, hint?: string, cause?: unknown) =>
    new HoldfastError('MANIFEST_INVALID', `Reading the ${format.title} ${key} failed: ${fault}.`, { cause, hint });
  const values = countValues(bytes);
  if (values > MAX_VALUES) throw fail(`it holds more than ${MAX_VALUES} values`, 'It was made up: use another backup.');
  requireHeap(values * BYTES_OF_VALUE + bytes.byteLength * 3, `Reading the ${format.title} ${key}`);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw fail('it is not JSON in UTF-8', 'It was damaged: use another backup.', cause);
  }
  const head = z.object({ format: z.string(), version: z.int() }).safeParse(value);
  if (!head.success || head.data.format !== format.name) throw fail(`its format is not ${format.name}`);
  if (head.data.version > format.version) {
    throw fail(
      `it has version ${head.data.version}, but this Holdfast knows ${format.name} up to version ${format.version}`,
      'It was written by a newer Holdfast: upgrade this one.',
    );
  }
  const prepared = format.prepare?.(value as Record<string, unknown>) ?? value;
  const result = format.schema.safeParse(prepared);
  if (result.success) return result.data;
  // Everything in an older version is known; to this version, a newer Holdfast may have added something.
  const hint =
    head.data.version === format.version
      ? 'It was damaged, or written by a newer Holdfast: use another backup, or upgrade this one.'
      : undefined;
  throw fail(describeIssues(result.error), hint, result.error);
}

/** Parses the bytes of a stored document and checks them against its checksum. @throws HoldfastError MANIFEST_INVALID */
export function parseSealed<Schema extends z.ZodType>(
  format: DocumentFormat<Schema>,
  key: string,
  bytes: Uint8Array,
): z.infer<Schema> {
  const document = parseDocument(format, key, bytes);
  requireSeal(format, key, bytes);
  return document;
}

/** At least as many as the JSON has: each value except the first follows one of these characters. */
function countValues(bytes: Uint8Array): number {
  let values = 1;
  for (const byte of bytes) if (byte === COMMA || byte === BRACKET || byte === BRACE) values++;
  return values;
}

const COMMA = 0x2c;
const BRACKET = 0x5b;
const BRACE = 0x7b;

/**
 * The bytes of a document: indented JSON with a checksum, which ends with a newline.
 *
 * @throws HoldfastError INTERNAL when the value does not conform to its own format
 */
export function formatDocument<Schema extends z.ZodType>(format: DocumentFormat<Schema>, value: unknown): Buffer {
  const result = format.schema.safeParse(value);
  if (!result.success) {
    throw new HoldfastError('INTERNAL', `Writing a ${format.title} failed: ${describeIssues(result.error)}.`, {
      cause: result.error,
    });
  }
  return sealDocument(JSON.stringify(result.data, null, 2));
}

/** Whether these are the bytes of a document that a newer Holdfast wrote; false for what is not a document at all. */
export function isOfNewerVersion(format: DocumentFormat<z.ZodType>, bytes: Uint8Array): boolean {
  try {
    const { version } = JSON.parse(Buffer.from(bytes).toString('utf8')) as { version?: unknown };
    return typeof version === 'number' && version > format.version;
  } catch {
    return false;
  }
}

/** What comes between a document's fields and the checksum, which is the last one. */
const CHECKSUM = ',\n  "checksum": "';
const END = '"\n}\n';
const SEALED = new RegExp(`^([^]*)${CHECKSUM}([0-9a-f]{64})${END}$`);

/**
 * Adds the last field of a document: the SHA-256 of all bytes before it. Nothing else in a vault would reveal a flipped
 * bit in a document. It detects accidents; anyone who changes a document on purpose can write a new checksum.
 *
 * @param json an indented object with at least one field
 */
export function sealDocument(json: string): Buffer {
  const fields = json.replace(/\n\}\s*$/, '');
  return Buffer.from(`${fields}${CHECKSUM}${sha256Of(fields)}${END}`);
}

/** @throws HoldfastError MANIFEST_INVALID when the document's bytes are not those that were written */
export function requireSeal(format: DocumentFormat<z.ZodType>, key: string, bytes: Uint8Array): void {
  const [, fields, checksum] = SEALED.exec(Buffer.from(bytes).toString('latin1')) ?? [];
  if (fields !== undefined && sha256Of(Buffer.from(fields, 'latin1')) === checksum) return;
  const fault =
    fields === undefined ? 'it does not end with its checksum' : 'it does not match its checksum, so it was changed';
  throw new HoldfastError('MANIFEST_INVALID', `Reading the ${format.title} ${key} failed: ${fault}.`, {
    hint: 'It was damaged, or changed by hand: use another backup, and find out what happened.',
  });
}

function sha256Of(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** The first few problems, each with its place: `parts.0.sha256: Invalid string …`. */
export function describeIssues(error: z.ZodError): string {
  const shown = error.issues.slice(0, 3).map(({ path, message }) => `${path.join('.') || 'the whole'}: ${message}`);
  const more = error.issues.length - shown.length;
  return shown.join('; ') + (more > 0 ? `; and ${more} more` : '');
}
