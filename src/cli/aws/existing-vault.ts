/**
 * What the config says of bucket and key of the vault, against what there is, before anything is deployed. Jobs that
 * encrypt with another key than the vault's are refused by it, each of them, after a deployment that ended well.
 */
import type { HoldfastConfig } from '../../config/index.js';
import { HoldfastError } from '../../core/errors.js';
import { VAULT_KEY } from '../../policies/index.js';
import type { Session } from '../session.js';
import { findLeftovers } from './leftovers/find-leftovers.js';
import { liveBucketPolicy, liveKeyPolicy } from './live-policies.js';
import type { OpenedStacks } from './open-stacks.js';
import type { Stack } from './synthesize.js';
import { lookUpOutput } from './handed-over.js';

/** @throws HoldfastError CONFIG_INVALID; AWS_… when AWS cannot be reached */
export async function requireExistingVault(
  session: Session,
  { backupAccount, kmsKeyArn }: HoldfastConfig,
  opened: OpenedStacks,
): Promise<void> {
  // Whoever deploys the other account alone need not have access to this one.
  const vault = opened.selected.find(({ isBackup }) => isBackup);
  if (vault === undefined || backupAccount === undefined) return;
  const { existingBucket, existingKeyArn } = backupAccount;
  const { account, clientOptions } = await opened.access(vault);
  if (existingBucket !== undefined) {
    await requireThere(session, () => liveBucketPolicy(clientOptions, existingBucket), {
      option: `backupAccount.existingBucket is ${existingBucket}`,
      missing: `account ${account} has no such bucket`,
    });
  }
  if (existingKeyArn !== undefined) {
    await requireThere(session, () => liveKeyPolicy(clientOptions, existingKeyArn), {
      option: `backupAccount.existingKeyArn is ${existingKeyArn}`,
      missing: `account ${account} has no such key`,
    });
  } else if (kmsKeyArn !== undefined) {
    await requireSameKey(session, kmsKeyArn, vault, opened);
  }
}

async function requireThere(
  { logger }: Session,
  read: () => Promise<unknown>,
  { option, missing }: { readonly option: string; readonly missing: string },
): Promise<void> {
  try {
    await read();
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    if (error.code === 'AWS_DENIED') return logger.debug(error.message);
    if (error.code !== 'AWS_MISSING') throw error;
    throw new HoldfastError('CONFIG_INVALID', `${option}, and ${missing}. Nothing was deployed.`, {
      cause: error,
      hint: 'Correct the name, or remove the option: the stack then makes what it names.',
    });
  }
}

/** Jobs encrypt with `kmsKeyArn`; the vault takes objects under the key that its stack has, or is going to make. */
async function requireSameKey(session: Session, kmsKeyArn: string, vault: Stack, opened: OpenedStacks): Promise<void> {
  const deployed = await lookUpOutput(vault, VAULT_KEY, opened.access);
  if (typeof deployed !== 'string') {
    if (deployed.value === kmsKeyArn) return;
    throw new HoldfastError(
      'CONFIG_INVALID',
      `kmsKeyArn is ${kmsKeyArn}, and the vault of ${vault.name} has the key ${deployed.value}: every backup would be refused. Nothing was deployed.`,
      { hint: 'Remove kmsKeyArn: jobs then get the key of the vault.' },
    );
  }
  const leftovers = await findLeftovers(session, vault, await opened.access(vault));
  // Named by its ARN: one that an earlier stack left, and that this one takes in.
  if (leftovers.some(({ type, name }) => type === 'AWS::KMS::Key' && name === kmsKeyArn)) return;
  throw new HoldfastError(
    'CONFIG_INVALID',
    `kmsKeyArn is ${kmsKeyArn}, and ${vault.name} would make another key for the vault: every backup would be refused. Nothing was deployed.`,
    {
      hint: `To use that key, set backupAccount.existingKeyArn: ${kmsKeyArn} (and existingBucket if the bucket exists too). To have a key made, remove kmsKeyArn.`,
    },
  );
}
