/** A backup into the store through a proxy that hurts requests. */
import { silentLogger } from '../../../src/core/logger.js';
import type { ErrorCode } from '../../../src/core/errors.js';
import { openS3Store } from '../../../src/vault/s3/s3-store.js';
import type { FaultProxy, Operation } from '../../emulator/fault-proxy.js';
import { backupHere } from './backup-here.js';
import type { Scene } from './fault-kind.js';
import type { FaultyRun } from './judge-run.js';
import { LARGE_SOURCE, SOURCE } from './source-server.js';
import { bucketVault, type VaultPlace } from './vault-place.js';

/** Requests of a backup in parts, and of one whose objects fit into one request each. */
export const LARGE_OPERATIONS: readonly [Operation, ...Operation[]] = [
  'UploadPart',
  'CreateMultipartUpload',
  'CompleteMultipartUpload',
  'UploadPart',
  'PutObject',
  'HeadObject',
];
export const SMALL_OPERATIONS: readonly [Operation, ...Operation[]] = ['PutObject', 'HeadObject'];

export interface StoreBackup {
  readonly run: FaultyRun;
  readonly vault: VaultPlace;
  readonly proxy: FaultProxy;
}

/**
 * @param large whether the dump goes up in parts
 * @param arm sets the proxy's faults
 */
export async function backUpIntoStore(
  scene: Scene,
  options: {
    readonly large: boolean;
    readonly arm: (proxy: FaultProxy) => void;
    readonly expected: readonly ErrorCode[];
    readonly maySucceed?: boolean;
  },
): Promise<StoreBackup> {
  const { large, arm, expected, maySucceed = true } = options;
  if (large) await scene.world.largeSource();
  const server = await scene.world.store();
  const vault = await bucketVault(server);
  const proxy = await server.openProxy();
  try {
    arm(proxy);
    const store = openS3Store({
      bucket: vault.bucket,
      prefix: '',
      clientOptions: { ...server.clientOptions, endpoint: proxy.endpoint },
      retry: { attempts: 4, baseDelayMs: 1, maxDelayMs: 10 },
      timeouts: { connectMs: 5000, idleMs: 3000 },
      logger: silentLogger,
    });
    const choice = large ? ({ compression: 'none', database: LARGE_SOURCE } as const) : { database: SOURCE };
    const jobs = scene.number % 2 === 0 ? 1 : 3;
    const run = await backupHere(scene, { store, ...choice, jobs, expected });
    return { run: { ...run, maySucceed }, vault, proxy };
  } finally {
    await proxy.stop();
  }
}
