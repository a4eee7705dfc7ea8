/**
 * Where a vault's bytes are. One folder for each implementation; all pass `test/conformance/object-store.ts`.
 */

/** What a store answers about an object. */
export interface ObjectInfo {
  /** Slash-separated, without a leading slash, relative to the vault's root. */
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly lastModified: Date;
  /** How the store has encrypted it. Reported only by `head` of stores in S3. */
  readonly encryption?: ObjectEncryption;
}

export interface ObjectEncryption {
  /** Absent: not encrypted with a KMS key. */
  readonly kmsKeyArn?: string;
}

/** An object that has just been stored. */
export interface StoredObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** SHA-256 of the bytes that were handed over, hex. */
  readonly sha256: string;
  /** The store's version of the object, where it keeps versions. */
  readonly versionId?: string;
  /** The full ARN of the KMS key it is encrypted with, where the store says it. */
  readonly kmsKeyArn?: string;
}

export interface PutOptions {
  /** Aborts the upload: no object and no part of it is left. */
  readonly signal?: AbortSignal | undefined;
  /** The expected size in bytes, for stores that plan with it. A wrong guess is not an error. */
  readonly expectedBytes?: number | undefined;
  /** Called with the number of bytes taken so far. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

export interface GetOptions {
  /** First and last byte, both included, from 0. Cut at the object's end; empty when it begins beyond that. */
  readonly range?: { readonly start: number; readonly end: number } | undefined;
  /**
   * Whether an object that is reached by a link inside of the vault is refused. Stores that have no
   * links ignore it. @default false
   */
  readonly refuseLinks?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a store keeps and removes by itself. What it does not reveal is left out. */
export interface StoreExpiry {
  /** Whether `delete` only hides an object while its bytes stay as an old version. */
  readonly keepsVersions?: boolean | undefined;
  /** How long nothing can be removed, in words: `GOVERNANCE, 35 days`. */
  readonly lock?: string | undefined;
  /** What removes objects after some time, one sentence for each rule; empty for none. */
  readonly rules?: readonly string[] | undefined;
}

/** The result of a trial of storing. */
export interface StoreTrial {
  /** What was done and undone: sentences. */
  readonly tried: readonly string[];
  /** What cannot be done without creating an object: sentences. */
  readonly untried: readonly string[];
  /** Bytes that the vault's disk has left, where it is on one. */
  readonly freeBytes?: number;
}

export interface ObjectStore {
  /** `file:///dir`, `s3://bucket/prefix`, `memory:`: for messages. */
  readonly url: string;

  /**
   * Whether any place could be taken for an empty vault, even one that was mistyped or is not mounted: if so, no backup
   * is stored where the vault's marker is missing.
   */
  readonly needsMarker?: boolean;

  /**
   * Stores the bytes of `body` under `key`, if there is none yet.
   *
   * The object comes into being only after `body` has ended normally: until then, and if `body` throws, nothing
   * exists under `key`. A caller prevents the commit by letting the body's last step fail. If several writers use one
   * key, exactly one succeeds.
   *
   * @param body chunks of any size; a chunk may still be read after the next one was requested, so its memory must not
   *   be reused
   * @throws HoldfastError OBJECT_EXISTS when the key is taken (the other object is untouched), OBJECT_KEY_INVALID,
   *   VAULT_UNWRITABLE; whatever `body` throws, unchanged; the signal's error when aborted, even while `body` hangs
   */
  put(key: string, body: AsyncIterable<Uint8Array>, options?: PutOptions): Promise<StoredObject>;

  /**
   * The bytes of an object, from its beginning or a range of them.
   *
   * Nothing happens before the first step of the iterator, and every error comes from it.
   *
   * @throws HoldfastError OBJECT_MISSING, OBJECT_KEY_INVALID, VAULT_UNREADABLE (also in the middle, and for a link
   *   that is refused); the signal's error when aborted
   */
  get(key: string, options?: GetOptions): AsyncIterable<Uint8Array>;

  /**
   * What is known about an object, or `undefined` when there is none.
   *
   * @throws HoldfastError OBJECT_KEY_INVALID, VAULT_UNREADABLE
   */
  head(key: string): Promise<ObjectInfo | undefined>;

  /**
   * Every object whose key begins with `prefix` (any text: it need not end at a slash), in the order of their keys
   * by UTF-16 code units. Objects that are added or removed in the meantime may or may not be among them.
   *
   * @throws HoldfastError VAULT_UNREADABLE, also when the vault itself does not exist; the signal's error when aborted
   */
  list(prefix: string, signal?: AbortSignal): AsyncIterable<ObjectInfo>;

  /**
   * Removes an object; a missing one is not an error. Absent where the store does not allow it.
   *
   * @throws HoldfastError OBJECT_KEY_INVALID, VAULT_UNWRITABLE
   */
  delete?(key: string): Promise<void>;

  /**
   * Gives an object another key in one step and without storing anything, so that it works on a full disk. Absent where
   * the store cannot.
   *
   * @throws HoldfastError OBJECT_EXISTS when the other key is taken, OBJECT_KEY_INVALID; VAULT_UNWRITABLE, also where
   *   there is no such object
   */
  rename?(key: string, to: string): Promise<void>;

  /**
   * Does what `put` of this key would do, short of creating the object, and removes what it made. Absent where
   * there is nothing to try.
   *
   * @throws HoldfastError as `put` would: OBJECT_EXISTS, OBJECT_KEY_INVALID, VAULT_UNWRITABLE; the signal's error
   */
  tryPut?(key: string, signal?: AbortSignal): Promise<StoreTrial>;

  /**
   * What the store itself keeps and removes, apart from anybody's `delete`. Absent where it does neither.
   *
   * Never throws for what may not be read; that is left out.
   */
  expiry?(signal?: AbortSignal): Promise<StoreExpiry>;
}
