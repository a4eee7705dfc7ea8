import { randomBytes } from 'node:crypto';
import { openS3Store } from '../../../../src/vault/s3/s3-store.js';
import { objectStoreConformance, type ConformanceEffort } from '../../../conformance/object-store.js';
import { useEmulator, type Emulator } from '../../../helpers/emulator.js';

/** With it, the suite also runs against that server: Ceph, MinIO, AWS. Keys and region come from the usual variables. */
const otherEndpoint = process.env.HOLDFAST_TEST_S3_ENDPOINT;

// A listing of several pages, without as many objects as S3 puts on one: the emulator takes its time for each.
const smallPages = { MOTO_S3_DEFAULT_MAX_KEYS: '40' };
suite('in the emulator', useEmulator(undefined, smallPages), [false, true], { objects: 100, runs: 10, largeMib: 20 });
if (otherEndpoint) suite(`at ${otherEndpoint}`, useEmulator(otherEndpoint), [false], { objects: 1200 });

function suite(where: string, emulator: Emulator, kinds: readonly boolean[], effort: ConformanceEffort): void {
  for (const versioned of kinds) {
    // One bucket for the suite, a prefix for each vault: buckets are few and slow to make on some servers.
    let bucket: Promise<string> | undefined;
    const open = async () => {
      bucket ??= emulator.createBucket({ versioned });
      const prefix = `vaults/${randomBytes(6).toString('hex')}`;
      return openS3Store({ bucket: await bucket, prefix, clientOptions: emulator.clientOptions });
    };
    objectStoreConformance(`the S3 store, a ${versioned ? 'versioned ' : ''}bucket ${where},`, open, effort);
  }
}
