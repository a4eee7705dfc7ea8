/**
 * Whether what was deployed lets each job store a backup: the live policies of its role, of the bucket and of the key,
 * asked about the requests that a backup makes. Nothing is put to find out: it would lie there locked.
 */
import { decide, type Decision, type RoleRequest } from '../../audit/policies/decide.js';
import { parsePolicy, type ParsedPolicy } from '../../audit/policies/parse-policy.js';
import type { HoldfastConfig } from '../../config/index.js';
import { mapBounded } from '../../core/bounded-concurrency.js';
import { HoldfastError } from '../../core/errors.js';
import { DATABASE_TAG, keyPrefixOf, planVault, writerRoleName, type VaultPlan } from '../../policies/index.js';
import type { Session } from '../session.js';
import type { LiveStatement } from './compare-policies.js';
import { keyOfAlias, liveBucketPolicy, liveKeyPolicy, liveRolePolicy, liveRoleTags } from './live-policies.js';
import type { OpenedStacks } from './open-stacks.js';
import type { ClientOptions } from './sign-in.js';
import type { Stack } from './synthesize.js';

export interface WriterPath {
  /** Its name in the vault; absent for the role that all databases share. */
  readonly database?: string | undefined;
  /** ARN. */
  readonly role: string;
  readonly verdict: 'allowed' | 'refused' | 'not-checked';
  /** What refuses it, or why that is not known. */
  readonly problem?: string | undefined;
}

/** A role has three requests of its own: of a thousand alike, some show it. */
const MOST_CHECKED = 50;
const AT_ONCE = 8;

/**
 * @param keyArn of the vault
 * @returns one for each job of the stack that is looked at, evenly chosen where there are more than {@link MOST_CHECKED}
 * @throws HoldfastError AWS_… when AWS cannot be reached; what may not be read is `not-checked`
 */
export async function checkWriterPaths(
  session: Session,
  config: HoldfastConfig,
  { stacks, access }: OpenedStacks,
  source: Stack,
  keyArn: string | undefined,
): Promise<WriterPath[]> {
  const plan = planVault(config);
  const { account, clientOptions } = await access(source);
  const writers = evenly(writersOf(source, plan), MOST_CHECKED).map(({ name, database }) => ({
    name,
    database,
    role: `arn:${plan.partition}:iam::${account}:role/${name}`,
  }));
  if (writers.length === 0) return [];
  const vault = stacks.find(({ isBackup }) => isBackup);
  const live = vault === undefined ? 'the config has no backupAccount' : await readVault(access, vault, plan, keyArn);
  const check = async ({ name, database, role }: (typeof writers)[number]): Promise<WriterPath> => {
    if (typeof live === 'string') return { database, role, verdict: 'not-checked', problem: `${live}.` };
    const own = await orReason(() => readRole(clientOptions, name));
    if (typeof own === 'string') return { database, role, verdict: 'not-checked', problem: `${own}.` };
    return { database, role, ...judge(plan, account, live, { ...own, arn: role, database }) };
  };
  return mapBounded(writers, AT_ONCE, check, session.signal);
}

interface NamedWriter {
  readonly name: string;
  readonly database?: string | undefined;
}

/** The roles of jobs in a template: tagged with their database, or the one that all share. */
function writersOf({ template }: Stack, { environment, sharedRole }: VaultPlan): NamedWriter[] {
  return Object.values(template.Resources ?? {}).flatMap(({ Type, Properties = {} }): NamedWriter[] => {
    const { RoleName: name, Tags: tags } = Properties;
    if (Type !== 'AWS::IAM::Role' || typeof name !== 'string') return [];
    if (sharedRole) return name === writerRoleName(environment) ? [{ name }] : [];
    const tag = Array.isArray(tags) ? (tags as Tag[]).find(({ Key }) => Key === DATABASE_TAG) : undefined;
    return typeof tag?.Value === 'string' ? [{ name, database: tag.Value }] : [];
  });
}

interface Tag {
  readonly Key?: unknown;
  readonly Value?: unknown;
}

function evenly<T>(all: readonly T[], most: number): T[] {
  if (all.length <= most) return [...all];
  return Array.from({ length: most }, (_, index) => all[Math.floor((index * all.length) / most)] as T);
}

interface LiveVault {
  readonly account: string;
  readonly keyArn: string;
  readonly bucket: readonly LiveStatement[];
  readonly key: readonly LiveStatement[];
}

/** @returns why not, where it may not be read */
function readVault(
  access: OpenedStacks['access'],
  vault: Stack,
  { bucket, keyArn: configured }: VaultPlan,
  deployed: string | undefined,
): Promise<LiveVault | string> {
  return orReason(async () => {
    const { account, clientOptions } = await access(vault);
    const key = deployed ?? configured;
    if (key === undefined) return 'the key of the vault is not known';
    const keyArn = key.startsWith('arn:') ? key : await keyOfAlias(clientOptions, key);
    return {
      account,
      keyArn,
      bucket: await liveBucketPolicy(clientOptions, bucket),
      key: await liveKeyPolicy(clientOptions, keyArn),
    };
  });
}

interface LiveRole {
  readonly statements: readonly LiveStatement[];
  readonly tags: Readonly<Record<string, string>>;
}

async function readRole(options: ClientOptions, name: string): Promise<LiveRole> {
  return { statements: await liveRolePolicy(options, name), tags: await liveRoleTags(options, name) };
}

/** Whoever deploys one account may see nothing of the other. */
async function orReason<T>(read: () => Promise<T | string>): Promise<T | string> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof HoldfastError && UNSEEN.has(error.code)) return error.message.replace(/\.$/, '');
    throw error;
  }
}

const UNSEEN: ReadonlySet<string> = new Set(['AWS_DENIED', 'AWS_CREDENTIALS', 'AWS_ACCOUNT', 'AWS_MISSING']);

function judge(
  plan: VaultPlan,
  account: string,
  vault: LiveVault,
  role: LiveRole & { readonly arn: string; readonly database?: string | undefined },
): Pick<WriterPath, 'verdict' | 'problem'> {
  const database = role.database ?? plan.databases[0]?.name ?? 'database';
  const object = `arn:${plan.partition}:s3:::${plan.bucket}/${keyPrefixOf(plan, database)}2026/01/01/${database}_20260101T000000Z.sql.gz`;
  const read = (statements: readonly LiveStatement[]) => policyFor(statements, role.tags);
  const own = read(role.statements);
  const isSameAccount = account === vault.account;
  const requests: readonly Question[] = [
    {
      what: `store ${object}`,
      request: { action: 's3:PutObject', resource: object, context: storing(vault.keyArn) },
      // In one account either of both suffices.
      policies: [
        ['the policy of its role', own],
        ["the bucket's policy", read(vault.bucket)],
      ],
      either: isSameAccount,
    },
    ...['kms:GenerateDataKey', 'kms:Decrypt'].map((action): Question => {
      return {
        what: `use the key ${vault.keyArn} (${action})`,
        request: { action, resource: vault.keyArn, context: encrypting(plan.region, object) },
        policies: [
          ['the policy of its role', own],
          ["the key's policy", read(vault.key)],
        ],
        either: false,
      };
    }),
  ];
  const common = { 'aws:principalarn': role.arn, 'aws:principalaccount': account, ...principalTags(role.tags) };
  const answers = requests.map(({ request, ...question }) => {
    const asked = { ...request, roleArn: role.arn, context: { ...request.context, ...common } };
    return answer(question, asked);
  });
  return (
    answers.find(({ verdict }) => verdict === 'refused') ??
    answers.find(({ verdict }) => verdict === 'not-checked') ?? { verdict: 'allowed' }
  );
}

interface Question {
  readonly what: string;
  readonly request: Omit<RoleRequest, 'roleArn'>;
  readonly policies: readonly (readonly [name: string, policy: ParsedPolicy])[];
  /** Whether one policy that allows is enough. */
  readonly either: boolean;
}

function answer(
  { what, policies, either }: Omit<Question, 'request'>,
  request: RoleRequest,
): Pick<WriterPath, 'verdict' | 'problem'> {
  const decisions = policies.map(([name, policy]) => [name, decide(policy, request)] as const);
  const refused = (name: string, why: string) => {
    return { verdict: 'refused', problem: `It may not ${what}: ${name} ${why}.` } as const;
  };
  for (const [name, decision] of decisions) {
    if (decision.verdict === 'denied') return refused(name, `denies it by ${decision.by}`);
  }
  const isAllowed = ([, { verdict }]: readonly [string, Decision]) => verdict === 'allowed';
  const open = decisions.find(([, { verdict }]) => verdict === 'undecided');
  if (open === undefined && (either ? decisions.some(isAllowed) : decisions.every(isAllowed))) {
    return { verdict: 'allowed' };
  }
  const without = decisions.find(([, { verdict }]) => verdict === 'not-allowed');
  if (without !== undefined && !either) return refused(without[0], 'does not allow it');
  if (open !== undefined) {
    const by = 'by' in open[1] ? open[1].by : '';
    const problem = `Whether it may ${what} depends on ${by} in ${open[0]}, whose conditions cannot be evaluated here.`;
    return { verdict: 'not-checked', problem };
  }
  return refused('neither policy', 'allows it');
}

/** With the role's tags in place of their policy variables. */
function policyFor(statements: readonly LiveStatement[], tags: LiveRole['tags']): ParsedPolicy {
  const text = Object.entries(tags).reduce((json, [key, value]) => {
    return json.replaceAll(`\${aws:PrincipalTag/${key}}`, JSON.stringify(value).slice(1, -1));
  }, JSON.stringify(statements));
  return parsePolicy({ Statement: JSON.parse(text) as unknown });
}

function principalTags(tags: LiveRole['tags']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tags).map(([key, value]) => [`aws:principaltag/${key}`.toLowerCase(), value]),
  );
}

/** What `holdfast backup` sends: see src/vault/s3. */
function storing(keyArn: string): RoleRequest['context'] {
  const header = 's3:x-amz-server-side-encryption';
  return {
    ...BY_TLS,
    's3:tlsversion': '1.3',
    's3:objectcreationoperation': 'true',
    's3:if-none-match': '*',
    [header]: 'aws:kms',
    [`${header}-aws-kms-key-id`]: keyArn,
    [`${header}-customer-algorithm`]: undefined,
    's3:x-amz-acl': undefined,
  };
}

function encrypting(region: string, object: string): RoleRequest['context'] {
  return {
    ...BY_TLS,
    'kms:viaservice': `s3.${region}.amazonaws.com`,
    'kms:encryptioncontext:aws:s3:arn': object,
  };
}

const BY_TLS = {
  'aws:securetransport': 'true',
  'aws:principalisawsservice': 'false',
  'aws:principaltype': 'AssumedRole',
};
