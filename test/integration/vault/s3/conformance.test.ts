import { randomBytes } from 'node:crypto';
import { openS3Store } from '../../../../src/vault/s3/s3-store.js';
import { objectStoreConformance } from '../../../conformance/object-store.js';
import { useEmulator, type Emulator } from '../../../helpers/emulator.js';

/** With it, the suite also runs against that server: Ceph, MinIO, AWS. Keys and region come from the usual variables. */
const otherEndpoint = process.env.HOLDFAST_TEST_S3_ENDPOINT;

suite('in the emulator', useEmulator(), [false, true]);
if (otherEndpoint) suite(`at ${otherEndpoint}`, useEmulator(otherEndpoint), [false]);

function suite(where: string, emulator: Emulator, kinds: readonly boolean[]): void {
  for (const versioned of kinds) {
    // One bucket for the suite, a prefix for each vault: buckets are few and slow to make on some servers.
    let bucket: Promise<string> | undefined;
    const open = async () => {
      bucket ??= emulator.createBucket({ versioned });
      const prefix = `vaults/${randomBytes(6).toString('hex')}`;
      return openS3Store({ bucket: await bucket, prefix, clientOptions: emulator.clientOptions });
    };
    // Two pages of a listing once; the emulator takes its time.
    const objects = versioned ? 200 : 1200;
    objectStoreConformance(`the S3 store, a ${versioned ? 'versioned ' : ''}bucket ${where},`, open, { objects });
  }
}
