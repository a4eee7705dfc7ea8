/**
 * Keys of an application, in the order in which they were made. The newest encrypts; all decrypt.
 *
 * `{"current": "<id>", "key": "<base64>", "keys": [{"id", "key", "createdAt"}, …]}`: `key` is always the current one,
 * for applications that want only one field; with `"encoding": "hex"` it is written that way, as it was before. A key
 * never leaves the ring by a rotation: what it encrypted stays readable.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import * as z from 'zod';
import { HoldfastError } from '../../core/errors.js';
import { Secret } from '../../core/secret.js';
import { filled, parseSecretDocument } from '../secret-document.js';

/** AES-256. */
const KEY_BYTES = 32;
/** Secrets Manager's limit, in bytes; with one rotation a month it is reached in some forty years. */
const MAX_SECRET_BYTES = 65_536;

export interface RingKey {
  readonly id: string;
  /** Base64 of 32 bytes. */
  readonly key: Secret;
  /** ISO 8601; absent for a key that was there before the ring. */
  readonly createdAt?: string | undefined;
  readonly others?: OtherFields | undefined;
}

export interface KeyRing {
  /** The id of the key that encrypts; absent in a ring that has none yet. */
  readonly current: string | undefined;
  /** Oldest first. */
  readonly keys: readonly RingKey[];
  /** Of the field `key`. */
  readonly encoding?: Encoding | undefined;
  readonly others?: OtherFields | undefined;
}

/** Fields that others have put there, which are kept as they are. */
type OtherFields = Readonly<Record<string, unknown>>;

type Encoding = 'hex' | 'base64';

const encoding = z.enum(['hex', 'base64']).optional();
const ringSchema = z.looseObject({
  current: z.string().optional(),
  /** The current one once more: it is written anew. */
  key: z.unknown().optional(),
  encoding,
  keys: z.array(z.looseObject({ id: filled, key: filled, createdAt: filled.optional() })),
});
/** What a stack generates: one key, without a ring around it yet. */
const singleKeySchema = z.looseObject({ key: filled, encoding });

const WHAT = 'a ring of encryption keys';
/** The id of a key that was a secret's whole value. */
const FIRST_ID = 'initial';

/**
 * Reads a ring, or one key alone: 32 bytes as base64 (`openssl rand -base64 32`) or as 64 hexadecimal digits, as the
 * whole value or as `{"key", "encoding"}`.
 *
 * @throws HoldfastError ROTATION_SECRET_INVALID
 */
export function parseKeyRing(text: string): KeyRing {
  const bare = readBareKey(text.trim());
  if (bare) return { current: FIRST_ID, keys: [{ id: FIRST_ID, key: bare }] };
  const single = readSingleKey(text);
  if (single) return single;
  const { current, key: _, encoding, keys: written, ...others } = parseSecretDocument(text, ringSchema, WHAT);
  const keys = written.map(({ id, key, createdAt, ...more }) => ({
    id,
    key: new Secret(key),
    createdAt,
    others: more,
  }));
  const problem = ringProblem(current, keys);
  if (problem !== undefined)
    throw new HoldfastError('ROTATION_SECRET_INVALID', `The value is not ${WHAT}: ${problem}.`);
  return { current: current || undefined, keys, encoding, others };
}

/** @throws HoldfastError ROTATION_SECRET_INVALID for a ring that has become too large to store */
export function printKeyRing(ring: KeyRing): string {
  const text = JSON.stringify({
    ...ring.others,
    current: ring.current,
    key: Buffer.from(currentKey(ring)?.key.reveal() ?? '', 'base64').toString(ring.encoding ?? 'base64'),
    encoding: ring.encoding,
    keys: ring.keys.map(({ id, key, createdAt, others }) => ({ ...others, id, key: key.reveal(), createdAt })),
  });
  if (Buffer.byteLength(text) <= MAX_SECRET_BYTES) return text;
  throw new HoldfastError(
    'ROTATION_SECRET_INVALID',
    `The ring has ${ring.keys.length} keys, more than a secret can hold (${MAX_SECRET_BYTES} bytes).`,
    {
      hint: 'Re-encrypt what the oldest keys have encrypted with the current one, and remove the oldest from the ring.',
    },
  );
}

/** A ring with a new key at its end, which is the current one. Ids sort by time and never repeat. */
export function addKey(ring: KeyRing, now: Date): KeyRing {
  const createdAt = now.toISOString();
  const id = `${createdAt.slice(0, 10)}-${randomBytes(4).toString('hex')}`;
  const key = new Secret(randomBytes(KEY_BYTES).toString('base64'));
  return { ...ring, current: id, keys: [...ring.keys, { id, key, createdAt }] };
}

export function currentKey(ring: KeyRing): RingKey | undefined {
  return ring.keys.find(({ id }) => id === ring.current);
}

/** Whether the current key encrypts and decrypts. */
export function worksAsCipher(ring: KeyRing): boolean {
  const current = currentKey(ring);
  if (!current) return false;
  const key = Buffer.from(current.key.reveal(), 'base64');
  const [iv, plain] = [randomBytes(12), randomBytes(48)];
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  const decipher = createDecipheriv('aes-256-gcm', key, iv).setAuthTag(cipher.getAuthTag());
  return Buffer.concat([decipher.update(sealed), decipher.final()]).equals(plain);
}

/** The ids of keys that are missing from `later` or changed in it. */
export function lostKeys(earlier: KeyRing, later: KeyRing): string[] {
  const kept = new Map(later.keys.map(({ id, key }) => [id, key.reveal()]));
  return earlier.keys.filter(({ id, key }) => kept.get(id) !== key.reveal()).map(({ id }) => id);
}

function ringProblem(current: string | undefined, keys: readonly RingKey[]): string | undefined {
  const ids = keys.map(({ id }) => id);
  if (new Set(ids).size < ids.length) return 'two keys have the same id';
  const bad = keys.find(({ key }) => !isKey(key.reveal()));
  if (bad) return `the key "${bad.id}" is not base64 of ${KEY_BYTES} bytes`;
  if (current ? !ids.includes(current) : keys.length > 0) return 'current does not name one of its keys';
  return undefined;
}

function readSingleKey(text: string): KeyRing | undefined {
  if (!text.trimStart().startsWith('{') || /"keys"\s*:/.test(text)) return undefined;
  const { key, encoding, ...others } = parseSecretDocument(text, singleKeySchema, WHAT);
  const bare = readBareKey(key);
  if (!bare)
    throw new HoldfastError('ROTATION_SECRET_INVALID', `The value is not ${WHAT}: key is not ${KEY_BYTES} bytes.`);
  return { current: FIRST_ID, keys: [{ id: FIRST_ID, key: bare }], encoding, others };
}

function readBareKey(text: string): Secret | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return new Secret(Buffer.from(text, 'hex').toString('base64'));
  return isKey(text) ? new Secret(text) : undefined;
}

function isKey(text: string): boolean {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === KEY_BYTES && bytes.toString('base64') === text;
}
