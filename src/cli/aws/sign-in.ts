/** Who we are on AWS: credentials for an account of the config, and the proof that they are of that account. */
import { fromNodeProviderChain, fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { AccountSettings } from '../../config/accounts.js';
import { HoldfastError } from '../../core/errors.js';
import { askHidden, canAsk } from '../inputs/prompt.js';
import type { Session } from '../session.js';
import { awsFailure } from './aws-failures.js';

/** As every client of the SDK takes and hands on. */
type Credentials = STSClient['config']['credentials'];

export interface SignedIn {
  readonly account: string;
  readonly region: string;
  /** `arn:aws:sts::111122223333:assumed-role/Deploy/…` */
  readonly identity: string;
  readonly credentials: Credentials;
  /** For any client of the SDK. */
  readonly clientOptions: ClientOptions;
}

export interface ClientOptions {
  readonly region: string;
  readonly credentials: Credentials;
  readonly endpoint?: string;
}

/**
 * Finds the credentials for an account and asks AWS whose they are.
 *
 * @param what for messages: `the backup account`
 * @param region of the config
 * @throws HoldfastError AWS_REGION_MISSING, AWS_CREDENTIALS; AWS_WRONG_ACCOUNT when they are of another account than the
 *   settings say
 */
export async function signIn(
  session: Session,
  what: string,
  settings: AccountSettings,
  region: string | undefined,
): Promise<SignedIn> {
  // The SDK would announce on standard error when it will end its support of this Node.js: its version is ours to choose.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const known = regionOf(session.env, region);
  const client = new STSClient({
    ...endpointOf(session.env),
    region: known,
    credentials: chain(session, settings, known),
  });
  const credentials = client.config.credentials;
  try {
    const { Account: account = '', Arn: identity = '' } = await client.send(new GetCallerIdentityCommand({}));
    if (settings.account !== undefined && settings.account !== account) {
      throw new HoldfastError(
        'AWS_WRONG_ACCOUNT',
        `The credentials for ${what} are of account ${account} (${identity}), and the config says ${settings.account}. Nothing was done.`,
      );
    }
    return {
      account,
      region: known,
      identity,
      credentials,
      clientOptions: { ...endpointOf(session.env), region: known, credentials },
    };
  } catch (error) {
    throw awsFailure(error, { what: `Signing in to ${what}`, action: 'sts:AssumeRole' });
  } finally {
    client.destroy();
  }
}

/** @throws HoldfastError AWS_REGION_MISSING */
export function regionOf(env: NodeJS.ProcessEnv, region: string | undefined): string {
  const found = region ?? (env.AWS_REGION || env.AWS_DEFAULT_REGION);
  if (found) return found;
  throw new HoldfastError(
    'AWS_REGION_MISSING',
    'The AWS Region is not known: neither the config nor AWS_REGION says it.',
  );
}

/** In the order of the AWS tools: a profile that is named, then keys in the environment, then all the rest. */
function chain(session: Session, { profile: named, roleArn }: AccountSettings, region: string): Credentials {
  const { env } = session;
  const profile = named ?? env.AWS_PROFILE;
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  const mfaCodeProvider = (serial: string) => askForCode(session, serial);
  const own =
    profile === undefined && accessKeyId && secretAccessKey
      ? () => Promise.resolve({ accessKeyId, secretAccessKey, sessionToken: env.AWS_SESSION_TOKEN })
      : fromNodeProviderChain({ profile, mfaCodeProvider, clientConfig: { region } });
  if (roleArn === undefined) return own;
  return fromTemporaryCredentials({
    masterCredentials: own,
    params: { RoleArn: roleArn, RoleSessionName: 'holdfast' },
    clientConfig: { ...endpointOf(env), region },
  });
}

async function askForCode(session: Session, serial: string): Promise<string> {
  if (canAsk(session)) return (await askHidden(session, `Code of the MFA device ${serial}: `)).trim();
  throw new HoldfastError('AWS_CREDENTIALS', `The profile asks for a code of the MFA device ${serial}.`, {
    hint: 'Run it on a terminal, or sign in before (aws sts get-session-token, aws sso login).',
  });
}

function endpointOf(env: NodeJS.ProcessEnv): { readonly endpoint?: string } {
  if (env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS === 'true' || !env.AWS_ENDPOINT_URL) return {};
  return { endpoint: env.AWS_ENDPOINT_URL };
}
