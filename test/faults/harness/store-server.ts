/** The S3 store that faults happen to: the emulator, and a proxy that hurts requests. */
import { randomBytes } from 'node:crypto';
import { CreateBucketCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { FaultProxy } from '../../emulator/fault-proxy.js';
import { startEmulatorProcess } from '../../helpers/emulator-process.js';
// Commands that run within this process import it on demand, and jiti hands a second importer a module half loaded.
import '../../../src/vault/s3/open-s3-vault.js';

export interface StoreServer {
  /** `http://127.0.0.1:PORT`, without any fault. */
  readonly endpoint: string;
  /** For `openVault`, without any fault. */
  readonly env: Readonly<Record<string, string>>;
  readonly clientOptions: S3ClientConfig;
  /** Sees the store without anything of Holdfast in between. */
  readonly client: S3Client;
  createBucket(): Promise<string>;
  /** A new proxy before the store; the caller stops it. */
  openProxy(): Promise<FaultProxy>;
  stop(): Promise<void>;
}

export async function startStoreServer(): Promise<StoreServer> {
  const emulator = await startEmulatorProcess();
  const { endpoint } = emulator;
  const clientOptions = {
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'testing', secretAccessKey: 'testing' },
  };
  // moto's checksums of objects that came in parts are wrong.
  const client = new S3Client({ ...clientOptions, responseChecksumValidation: 'WHEN_REQUIRED' });
  return {
    endpoint,
    clientOptions,
    client,
    env: {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'testing',
      AWS_SECRET_ACCESS_KEY: 'testing',
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    },
    createBucket: async () => {
      const Bucket = `fault-${randomBytes(6).toString('hex')}`;
      await client.send(new CreateBucketCommand({ Bucket }));
      return Bucket;
    },
    openProxy: () => FaultProxy.start(() => endpoint),
    stop: async () => {
      client.destroy();
      await emulator.stop();
    },
  };
}
