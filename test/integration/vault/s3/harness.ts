/** The S3 store in front of the emulator, with a proxy in between that makes faults. */
import { createHash, randomBytes } from 'node:crypto';
import { GetObjectCommand, NoSuchKey, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { HoldfastError } from '../../../../src/core/errors.js';
import type { ObjectStore } from '../../../../src/vault/object-store.js';
import { openS3Store, type S3StoreOptions } from '../../../../src/vault/s3/s3-store.js';
import { FaultProxy } from '../../../emulator/fault-proxy.js';
import { useEmulator, type Emulator } from '../../../helpers/emulator.js';

export const MIB = 1 << 20;

/** More than two parts, and one that is not full. */
export const LARGE = randomBytes(16 * MIB + 123);
export const SMALL = randomBytes(100_000);

export interface Harness {
  readonly emulator: Emulator;
  readonly proxy: FaultProxy;
  /** A bucket of the test file. */
  readonly bucket: string;
  /** What the store has logged as warnings. */
  readonly warnings: string[];
  /** A store that reaches the emulator through the proxy, and does not wait long for what the proxy was told to hold. */
  readonly open: (options?: Partial<S3StoreOptions>) => ObjectStore;
  /** As `open`, and it does not give up on a machine so busy that honest answers are taken for silence as well. */
  readonly openPatient: () => ObjectStore;
  /** What is stored under a key, seen without the store. */
  readonly stored: (key: string) => Promise<Buffer | undefined>;
  /** Another writer's object: stored without the store, whatever is there. */
  readonly storeOther: (key: string, bytes: Buffer) => Promise<void>;
}

export function useHarness(): Harness {
  const emulator = useEmulator();
  const warnings: string[] = [];
  let proxy: FaultProxy;
  let bucket: string;
  beforeAll(async () => {
    proxy = await FaultProxy.start(() => emulator.endpoint);
    bucket = await emulator.createBucket();
  });
  beforeEach(() => {
    proxy.clear();
    warnings.length = 0;
  });
  afterAll(() => proxy.stop());

  return {
    emulator,
    warnings,
    get proxy() {
      return proxy;
    },
    get bucket() {
      return bucket;
    },
    open(options = {}) {
      return openS3Store({
        bucket,
        prefix: 'vault',
        clientOptions: { ...emulator.clientOptions, endpoint: proxy.endpoint },
        retry: { attempts: 5, baseDelayMs: 1, maxDelayMs: 10 },
        // Where the store falls silent, that has to be noticed soon; else a busy machine may take its time.
        timeouts: { connectMs: 20_000, idleMs: proxy.fallsSilent ? 1000 : 20_000 },
        logger: { debug() {}, info() {}, warn: (message) => warnings.push(message) },
        ...options,
      });
    },
    openPatient() {
      return this.open({ retry: { attempts: 50, baseDelayMs: 1, maxDelayMs: 10 } });
    },
    async stored(key) {
      try {
        const { Body } = await emulator.client.send(new GetObjectCommand({ Bucket: bucket, Key: `vault/${key}` }));
        return Buffer.from((await Body?.transformToByteArray()) ?? []);
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },
    async storeOther(key, Body) {
      await emulator.client.send(new PutObjectCommand({ Bucket: bucket, Key: `vault/${key}`, Body }));
    },
  };
}

export async function* chunked(bytes: Buffer, size = 64 << 10): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

export async function read(store: ObjectStore, key: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of store.get(key)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The coded error that something ends with. */
export async function failure(outcome: Promise<unknown>): Promise<HoldfastError> {
  const error: unknown = await outcome.then(
    (value) => expect.fail(`it succeeded with ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof HoldfastError)) throw error;
  return error;
}

let count = 0;

/** A key that no other test uses. */
export function newKey(): string {
  return `object-${process.pid}-${++count}`;
}
