/** RDS IAM authentication: a token instead of a password, valid for opening connections for 15 minutes. */
import { HoldfastError, messageOf } from '../core/errors.js';
import { Secret } from '../core/secret.js';
import { describeTarget } from '../syntax/libpq/connection-target.js';
import type { ResolvedTarget } from './target-defaults.js';

/**
 * Signs a token with the AWS credentials of the environment; no request is sent.
 *
 * @param region @default AWS_REGION, AWS_DEFAULT_REGION, otherwise the one in the host name
 * @throws HoldfastError AUTHENTICATION_FAILED when there are no credentials, URL_INVALID without host or region
 */
export async function mintToken(
  target: ResolvedTarget,
  region: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<Secret> {
  const where = region || env.AWS_REGION || env.AWS_DEFAULT_REGION || regionOf(target.host);
  if (!where) {
    throw new HoldfastError('URL_INVALID', `Signing in to ${describeTarget(target)} with IAM: the region is unknown.`, {
      hint: "Set AWS_REGION, or use the instance's own endpoint, which names it.",
    });
  }
  // Loaded here because most runs do not need the AWS SDK, which takes time to load.
  const { Signer } = await import('@aws-sdk/rds-signer');
  const signer = new Signer({
    hostname: target.host,
    port: Number(target.port),
    username: target.user,
    region: where,
  });
  try {
    return new Secret(await signer.getAuthToken());
  } catch (error) {
    throw new HoldfastError(
      'AUTHENTICATION_FAILED',
      `Signing in to ${describeTarget(target)} with IAM: ${messageOf(error)}`,
      {
        cause: error,
        hint: 'Check that AWS credentials are available (AWS_PROFILE, a role) and allow rds-db:connect.',
      },
    );
  }
}

/**
 * The target as IAM authentication needs it: one host, and TLS that cannot fall back, because the token would then
 * cross the network in the clear.
 */
export function requireTls(target: ResolvedTarget): ResolvedTarget {
  const refuse = (problem: string, hint: string) =>
    new HoldfastError('URL_INVALID', `Signing in to ${describeTarget(target)} with IAM: ${problem}.`, { hint });
  if (target.host.startsWith('/'))
    throw refuse('the host is a socket', 'Name the host of the RDS instance or cluster.');
  if (target.host.includes(',') || target.port.includes(',')) {
    throw refuse('several hosts are given, but a token is for one', 'Name one instance or cluster endpoint.');
  }
  const mode = target.parameters.sslmode;
  if (mode === 'disable') throw refuse('sslmode is "disable", but RDS requires TLS', 'Use sslmode=verify-full.');
  if (mode && mode !== 'allow' && mode !== 'prefer') return target;
  const strict = target.parameters.sslrootcert === 'system' ? 'verify-full' : 'require';
  return { ...target, parameters: { ...target.parameters, sslmode: strict } };
}

/** `db.abc.eu-west-1.rds.amazonaws.com` → `eu-west-1` */
function regionOf(host: string): string | undefined {
  return /\.([a-z]{2}(?:-[a-z]+)+-\d)\.rds\.amazonaws\.com(?:\.cn)?$/.exec(host)?.[1];
}
