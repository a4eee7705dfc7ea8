/** The policy that something on AWS should have, and where to read the one that it has. */
import { accountSettings, PLACE_NAMES } from '../../config/accounts.js';
import type { HoldfastConfig } from '../../config/config.js';
import { requireFilledIn } from '../../config/placeholders.js';
import { HoldfastError } from '../../core/errors.js';
import {
  bucketPolicyOf,
  keyPolicyOf,
  needsTags,
  planVault,
  rolePolicyOf,
  sharesRole,
  vaultKeyAlias,
  writerRoleName,
  writerRoleTags,
  type PolicyDocument,
  type VaultPlan,
} from '../../policies/index.js';
import { oneDatabase } from '../inputs/one-database.js';
import type { Session } from '../session.js';
import { isOfBuild } from './build-statements.js';
import type { LiveStatement } from './compare-policies.js';
import { keyOfAlias, liveBucketPolicy, liveKeyPolicy, liveRolePolicy, liveRoleTags } from './live-policies.js';
import { signIn, type ClientOptions } from './sign-in.js';

export interface WantedPolicy {
  /** Of the bucket, the key or the role. */
  readonly name: string;
  readonly document: PolicyDocument;
  /** What people have to know who set it up by hand. */
  readonly notes: readonly string[];
  /** Of a role: what policies of the vault bind it by. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly liveTags?: (session: Session) => Promise<Readonly<Record<string, string>>>;
  /** The statements in force; of a role without those that CodeBuild itself needs. */
  readonly live: (session: Session) => Promise<readonly LiveStatement[]>;
}

/**
 * @param database whose role; not with the others
 * @throws HoldfastError CONFIG_INVALID when the config does not say what the policy names, USAGE
 */
export function wantedPolicy(
  kind: 'bucket' | 'key' | 'role',
  config: HoldfastConfig,
  database: string | undefined,
): WantedPolicy {
  requireFilledIn(`the policy of the ${kind}`, config);
  const plan = planVault(config);
  if (kind === 'role') return ofRole(plan, config, database);
  if (database !== undefined) {
    throw new HoldfastError('USAGE', `The ${kind} has one policy for all databases: leave ${database} out.`);
  }
  const access = async (session: Session) => {
    return (await signIn(session, PLACE_NAMES.backup, accountSettings(config).backup, plan.region)).clientOptions;
  };
  return kind === 'bucket' ? ofBucket(plan, access) : ofKey(plan, access);
}

type Access = (session: Session) => Promise<ClientOptions>;

function ofBucket(plan: VaultPlan, access: Access): WantedPolicy {
  return {
    name: plan.bucket,
    document: bucketPolicyOf(plan),
    notes: writerNotes(plan),
    live: async (session) => liveBucketPolicy(await access(session), plan.bucket),
  };
}

function ofKey(plan: VaultPlan, access: Access): WantedPolicy {
  const alias = vaultKeyAlias(plan.environment);
  return {
    name: plan.keyArn ?? alias,
    document: keyPolicyOf(plan),
    notes: writerNotes(plan),
    live: async (session) => {
      const options = await access(session);
      return liveKeyPolicy(options, plan.keyArn ?? (await keyOfAlias(options, alias)));
    },
  };
}

function ofRole(plan: VaultPlan, config: HoldfastConfig, name: string | undefined): WantedPolicy {
  const database = plan.sharedRole ? undefined : oneDatabase(config, name);
  const role = writerRoleName(plan.environment, database?.name);
  const access = async (session: Session) =>
    (await signIn(session, PLACE_NAMES.source, accountSettings(config).source, plan.region)).clientOptions;
  const tags = writerRoleTags(plan.environment, database?.name);
  return {
    name: role,
    document: rolePolicyOf(plan, database),
    notes:
      database === undefined
        ? [SHARED]
        : [`Give the role ${role} these tags, which bind it to its prefix: ${showTags(tags)}.`],
    tags,
    liveTags: async (session) => liveRoleTags(await access(session), role),
    live: async (session) => {
      const live = await liveRolePolicy(await access(session), role);
      return live.filter((statement) => !isOfBuild(statement, plan));
    },
  };
}

const SHARED =
  'All jobs share this role: nothing binds a job to the prefix of its database. Set sourceAccount.roles to per-database.';

function writerNotes({ writers }: VaultPlan): string[] {
  const accounts = (some: (writer: VaultPlan['writers'][number]) => boolean) => [
    ...new Set(writers.filter(some).map(({ account }) => account)),
  ];
  return [
    ...accounts(({ tags }) => tags !== undefined).map(needsTags),
    ...accounts(({ shared = false }) => shared).map(sharesRole),
  ];
}

/** `KEY=VALUE, …` */
function showTags(tags: Readonly<Record<string, string>>): string {
  return Object.entries(tags)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');
}
