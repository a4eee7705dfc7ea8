/** The AWS emulator (moto) for a test file: started before its first test, stopped after its last one. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import {
  CreateBucketCommand,
  ListMultipartUploadsCommand,
  PutBucketVersioningCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll } from 'vitest';
import { findAwsCli } from '../../scripts/setup/emulator.mjs';
import { START_MS, startEmulatorProcess, type EmulatorProcess } from './emulator-process.js';

// Before the first client: the SDK would announce the end of its support of this Node.js in the middle of the report.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

export interface Emulator {
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string;
  /** For the AWS CLI and for `openVault`: endpoint, region and keys of an identity that may do everything. */
  readonly env: Readonly<Record<string, string>>;
  /** For an S3 client of one's own. */
  readonly clientOptions: S3ClientConfig;
  /** A client that sees the emulator without anything of Holdfast in between. */
  readonly client: S3Client;
  /** A new bucket. */
  createBucket(options?: { readonly versioned?: boolean }): Promise<string>;
  /** Runs the AWS CLI with `env` and returns what it printed; a failure is thrown with its words. */
  aws(...args: readonly string[]): Promise<string>;
  /** An IAM user with a policy that allows these actions, and its keys. They count while `enforcing` runs. */
  createUser(actions: readonly string[]): Promise<{ readonly accessKeyId: string; readonly secretAccessKey: string }>;
  /** Runs something while signatures are checked and policies enforced. moto looks at actions, not at resources. */
  enforcing<T>(run: () => Promise<T>): Promise<T>;
  /** The names of all objects with an upload that is neither completed nor aborted. */
  openUploads(bucket: string): Promise<string[]>;
}

/**
 * The emulator of the calling test file.
 *
 * @param endpoint of a server that runs already, instead of the emulator. Keys and region are then the environment's.
 * @param settings variables of moto
 */
export function useEmulator(endpoint?: string, settings?: Readonly<Record<string, string>>): Emulator {
  let running: EmulatorProcess | undefined;
  let base = endpoint ?? '';
  const keys = endpoint === undefined ? { id: 'testing', secret: 'testing' } : keysFromEnvironment();
  const region = (endpoint === undefined ? undefined : process.env.AWS_REGION) ?? 'us-east-1';
  let client: S3Client | undefined;

  beforeAll(async () => {
    if (endpoint !== undefined) return;
    running = await startEmulatorProcess(settings);
    base = running.endpoint;
  }, START_MS);
  afterAll(async () => {
    client?.destroy();
    await running?.stop();
  });

  return {
    get endpoint() {
      return base;
    },
    get env() {
      return {
        AWS_ENDPOINT_URL: base,
        AWS_REGION: region,
        AWS_DEFAULT_REGION: region,
        AWS_ACCESS_KEY_ID: keys.id,
        AWS_SECRET_ACCESS_KEY: keys.secret,
      };
    },
    get clientOptions() {
      return {
        endpoint: base,
        region,
        forcePathStyle: true,
        credentials: { accessKeyId: keys.id, secretAccessKey: keys.secret },
      };
    },
    get client() {
      // moto's checksums of objects that came in parts are wrong.
      client ??= new S3Client({ ...this.clientOptions, responseChecksumValidation: 'WHEN_REQUIRED' });
      return client;
    },
    async createBucket({ versioned = false } = {}) {
      const Bucket = `test-${randomBytes(6).toString('hex')}`;
      await this.client.send(new CreateBucketCommand({ Bucket }));
      if (versioned) {
        const VersioningConfiguration = { Status: 'Enabled' } as const;
        await this.client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
      }
      return Bucket;
    },
    async aws(...args) {
      const program = findAwsCli();
      if (program === undefined) {
        throw new Error('This test needs the AWS CLI: npm run setup -- --for test installs it, or says how to.');
      }
      const env = { PATH: process.env.PATH, HOME: '/nonexistent', AWS_PAGER: '', ...this.env };
      return (await promisify(execFile)(program, args, { env })).stdout;
    },
    async createUser(actions) {
      const UserName = `user-${randomBytes(4).toString('hex')}`;
      const PolicyDocument = JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }],
      });
      await callIam(base, { Action: 'CreateUser', UserName });
      await callIam(base, { Action: 'PutUserPolicy', UserName, PolicyName: 'test', PolicyDocument });
      const answer = await callIam(base, { Action: 'CreateAccessKey', UserName });
      const field = (name: string) => new RegExp(`<${name}>([^<]+)</${name}>`).exec(answer)?.[1] ?? '';
      return { accessKeyId: field('AccessKeyId'), secretAccessKey: field('SecretAccessKey') };
    },
    async enforcing(run) {
      await resetAuth(base, '0');
      try {
        return await run();
      } finally {
        await resetAuth(base, 'inf');
      }
    },
    async openUploads(Bucket) {
      const { Uploads = [] } = await this.client.send(new ListMultipartUploadsCommand({ Bucket }));
      return Uploads.map(({ Key }) => Key ?? '');
    },
  };
}

function keysFromEnvironment(): { readonly id: string; readonly secret: string } {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } = process.env;
  if (!id || !secret) {
    throw new Error('HOLDFAST_TEST_S3_ENDPOINT needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY beside it.');
  }
  return { id, secret };
}

/** One call of the IAM API; signatures are not checked. */
async function callIam(base: string, parameters: Readonly<Record<string, string>>): Promise<string> {
  const answer = await fetch(base, {
    method: 'POST',
    // The emulator finds the service in the scope of the credentials.
    headers: { authorization: 'AWS4-HMAC-SHA256 Credential=testing/20261122/us-east-1/iam/aws4_request' },
    body: new URLSearchParams({ ...parameters, Version: '2010-05-08' }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${parameters.Action}: ${answer.status} ${text}`);
  return text;
}

/** @param after how many requests are let through before policies count */
async function resetAuth(base: string, after: string): Promise<void> {
  const answer = await fetch(`${base}/moto-api/reset-auth`, { method: 'POST', body: after });
  if (!answer.ok) throw new Error(`reset-auth: ${answer.status}`);
}
