/** What stays when a stack is deleted, what protects it then, and what it had and has no more: read from its template. */
import { HoldfastError } from '../../core/errors.js';
import { liveBucketPolicy } from './live-policies.js';
import type { SignedIn } from './sign-in.js';
import type { Stack, TemplateResource } from './synthesize.js';

export interface Retained {
  readonly id: string;
  readonly type: string;
  /** Its name, where the template says it. */
  readonly name?: string | undefined;
  /** What becomes of it, or what it holds back. */
  readonly note?: string | undefined;
}

const NAME_PROPERTIES = [
  'BucketName',
  'Bucket',
  'AliasName',
  'LogGroupName',
  'TableName',
  'DBInstanceIdentifier',
  'DBClusterIdentifier',
  'DBSubnetGroupName',
  'DBClusterParameterGroupName',
  'Name',
  'RoleName',
];

export function retainedBy({ template }: Stack): Retained[] {
  return Object.entries(template.Resources ?? {})
    .filter(([, resource]) => stays(resource))
    .map(([id, { Type: type, Properties = {}, DeletionPolicy }]) => ({
      id,
      type,
      name: NAME_PROPERTIES.map((key) => Properties[key]).find((value) => typeof value === 'string'),
      note:
        DeletionPolicy === 'Snapshot'
          ? 'a last snapshot of it'
          : Properties['ObjectLockEnabled'] === true
            ? 'its objects are locked until their retention ends'
            : type === 'AWS::S3::BucketPolicy'
              ? 'goes on denying what it denies now, to administrators too, until somebody changes it'
              : undefined,
    }));
}

/**
 * The same after the stack was deleted: whether each bucket's policy is really there.
 *
 * @throws HoldfastError AWS_… but for a permission that is missing
 */
export async function checkRetained(stack: Stack, { clientOptions }: SignedIn): Promise<Retained[]> {
  const checked: Retained[] = [];
  for (const item of retainedBy(stack)) {
    const isPolicy = item.type === 'AWS::S3::BucketPolicy' && item.name !== undefined;
    checked.push(isPolicy ? { ...item, note: await policyNote(stack, item, clientOptions) } : item);
  }
  return checked;
}

async function policyNote(
  { template }: Stack,
  { id, name = '' }: Retained,
  options: SignedIn['clientOptions'],
): Promise<string> {
  const { Statement: statements = [] } = (template.Resources?.[id]?.Properties?.['PolicyDocument'] ?? {}) as {
    readonly Statement?: readonly { readonly Sid?: string }[];
  };
  try {
    const live = await liveBucketPolicy(options, name);
    const sids = new Set(live.map(({ Sid }) => Sid));
    const missing = statements.flatMap(({ Sid }) => (Sid === undefined || sids.has(Sid) ? [] : [Sid]));
    if (live.length === 0) return 'IS GONE: nothing holds back who may administer the bucket';
    return missing.length === 0
      ? `in force, with ${live.length} statements, until somebody changes it`
      : `in force, but without ${missing.join(', ')}`;
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== 'AWS_DENIED') throw error;
    return 'was kept; these credentials may not read it';
  }
}

/** What stays has it no more, one sentence each. */
export function goneFrom(stack: Stack): string[] {
  const resources = Object.entries(stack.template.Resources ?? {});
  const kept = JSON.stringify(resources.filter(([, resource]) => stays(resource)));
  const roles = resources.flatMap(([, resource]) => {
    const name = resource.Properties?.['RoleName'];
    const isOf = resource.Type === 'AWS::IAM::Role' && typeof name === 'string' && kept.includes(`:role/${name}"`);
    return isOf && !stays(resource) ? [name] : [];
  });
  const hasAlarms = resources.some(([, { Type }]) => Type === 'AWS::Events::Rule') && stack.isBackup;
  return [
    ...(hasAlarms
      ? ['The alarms: nobody is told any more when someone changes what protects the vault, or reads backups.']
      : []),
    ...roles.map(
      (name) => `The role ${name}: until a role of that name exists again, nobody uses what the kept key admits it to.`,
    ),
  ];
}

function stays({ DeletionPolicy }: TemplateResource): boolean {
  return DeletionPolicy !== undefined && DeletionPolicy !== 'Delete';
}

/** One line for each: `AWS::S3::Bucket rds-backup-layer2-prod: its objects are locked …`. */
export function describeRetained({ id, type, name, note }: Retained): string {
  return `${type} ${name ?? id}${note === undefined ? '' : `: ${note}`}`;
}
