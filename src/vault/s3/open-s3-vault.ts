/** An S3 vault with the settings that AWS tools take from the environment. */
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { fromNodeProviderChain, fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { HoldfastError, messageOf } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import type { ObjectStore } from '../object-store.js';
import { createClient, openS3Store } from './s3-store.js';

/** How an S3 vault is opened; other vaults ignore it. */
export interface S3VaultOptions {
  /** AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL(_S3), AWS_ACCESS_KEY_ID … @default process.env */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** @default AWS_REGION, AWS_DEFAULT_REGION, that of the profile; with an endpoint, finally us-east-1 */
  readonly region?: string | undefined;
  /** The full ARN of the KMS key to encrypt with. @default the bucket's own encryption */
  readonly kmsKeyArn?: string | undefined;
  /** A profile of the AWS configuration files. @default AWS_PROFILE */
  readonly profile?: string | undefined;
  /** A role to assume for the vault, with the credentials that are otherwise found. */
  readonly roleArn?: string | undefined;
  /** Warned of what could not be cleaned up. */
  readonly logger?: Logger | undefined;
}

/**
 * Opens `s3://bucket/prefix`. The region is determined; nothing else is requested yet.
 *
 * @throws HoldfastError VAULT_URL_INVALID when no region is known, CONFIG_INVALID for a wrong key ARN
 */
export async function openS3Vault(
  location: { readonly bucket: string; readonly prefix: string },
  options: S3VaultOptions = {},
): Promise<ObjectStore> {
  const { env = process.env } = options;
  const endpoint = endpointOf(env);
  const region = options.region ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION ?? (endpoint && 'us-east-1');
  const clientOptions: S3ClientConfig = {
    region,
    profile: options.profile ?? env.AWS_PROFILE,
    credentials: credentialsOf(options, env, region),
    // Bucket names as subdomains need a DNS that knows them, which servers other than AWS usually do not have.
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
  };
  const { kmsKeyArn, logger } = options;
  const store = openS3Store({ ...location, clientOptions, kmsKeyArn, logger });
  if (region === undefined) await requireRegion(store.url, clientOptions);
  return store;
}

function endpointOf(env: NodeJS.ProcessEnv): string | undefined {
  if (env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS === 'true') return undefined;
  return env.AWS_ENDPOINT_URL_S3 || env.AWS_ENDPOINT_URL || undefined;
}

/** In the order of the AWS tools: a named profile, then keys in the environment, then everything else. */
function credentialsOf(
  { profile, roleArn }: S3VaultOptions,
  env: NodeJS.ProcessEnv,
  region: string | undefined,
): S3ClientConfig['credentials'] {
  const named = profile ?? env.AWS_PROFILE;
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  const own =
    named === undefined && accessKeyId && secretAccessKey
      ? { accessKeyId, secretAccessKey, sessionToken: env.AWS_SESSION_TOKEN }
      : fromNodeProviderChain({ profile: named });
  if (roleArn === undefined) return own;
  const endpoint = env.AWS_ENDPOINT_URL_STS || env.AWS_ENDPOINT_URL || undefined;
  return fromTemporaryCredentials({
    masterCredentials: own,
    params: { RoleArn: roleArn, RoleSessionName: 'holdfast' },
    clientConfig: { region, ...(endpoint === undefined ? {} : { endpoint }) },
  });
}

/** Without a region each request would fail, the first of them perhaps hours from now. */
async function requireRegion(url: string, clientOptions: S3ClientConfig): Promise<void> {
  const client = createClient({ bucket: '', clientOptions });
  try {
    await client.config.region();
  } catch (error) {
    throw new HoldfastError('VAULT_URL_INVALID', `${url} cannot be opened: the region of the bucket is not known.`, {
      cause: new Error(messageOf(error)),
      hint: 'Set AWS_REGION, or region in the config or the AWS profile.',
    });
  } finally {
    client.destroy();
  }
}
