/**
 * Roles, users and groups of the account with everything that is attached to them, from one paginated request: a
 * thousand roles would otherwise take several thousand. Service-linked roles are left out: the account cannot change
 * them.
 */
import {
  type AttachedPolicy as Attachment,
  GetAccountAuthorizationDetailsCommand,
  type GetAccountAuthorizationDetailsCommandOutput,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  type PolicyDetail,
  type Tag,
} from '@aws-sdk/client-iam';
import { encodedPolicyReading } from '../live/policies.js';
import { mapBounded } from '../../core/bounded-concurrency.js';
import type { AwsReader } from '../live/reader.js';
import { tagsOf } from '../live/tags.js';
import { known, type Reading, unknown } from '../model/reading.js';
import { type AttachedPolicy, holdersOf, type Holding, JUDGED_ALONE, type RoleFact } from './facts.js';

/** Documents of managed policies by ARN. */
type ManagedPolicies = ReadonlyMap<string, Reading<AttachedPolicy>>;

/** @param further names of roles that belong to what is declared, besides the declared ones */
export async function readRoles(aws: AwsReader, further: readonly string[]): Promise<Reading<readonly RoleFact[]>> {
  const pages = await aws.list({
    action: 'iam:GetAccountAuthorizationDetails',
    subject: { kind: 'roles', attributes: ['tags', 'trust', 'policies', 'policyHolders'] },
    page: (Marker) =>
      new GetAccountAuthorizationDetailsCommand({
        Filter: ['Role', 'User', 'Group', 'LocalManagedPolicy'],
        Marker,
        MaxItems: 500,
      }),
    send: (command, options) => aws.clients.iam.send(command, options),
    next: ({ Marker }) => Marker,
    items: (output) => [output],
  });
  if ('unknown' in pages) return pages;
  const wanted = [...aws.options.declared.taskRoles, ...further];
  const all = identitiesOf(pages.value);
  const isWanted = ({ kind, name }: Identity) => aws.concerns(name, kind === 'role' ? wanted : []);
  const roles = all.filter(isWanted);
  const own = ownPolicies(pages.value);
  const foreign = [...new Set(roles.flatMap(({ managed }) => managed.map(({ PolicyArn = '' }) => PolicyArn)))].filter(
    (arn) => !own.has(arn),
  );
  const read = await mapBounded(
    foreign,
    aws.resourcesAtOnce,
    async (arn) => [arn, await readManaged(aws, arn)] as const,
  );
  const managed: ManagedPolicies = new Map([...own, ...read]);
  const holders = holdersOf(all.map(holding));
  return known([
    ...roles.map((role) => ({ ...roleFact(role, managed), policyHolders: known(holders(holding(role))) })),
    ...(aws.options.scope === 'account' ? unattached(pages.value, own) : []),
  ]);
}

/** The account's policies that nobody has yet: whoever gets one has all of it. */
function unattached(
  pages: readonly GetAccountAuthorizationDetailsCommandOutput[],
  own: ManagedPolicies,
): readonly RoleFact[] {
  return pages
    .flatMap(({ Policies = [] }) => Policies)
    .filter(({ AttachmentCount = 0 }) => AttachmentCount === 0)
    .map(({ Arn = '', PolicyName = '' }) => {
      const policy = own.get(Arn) ?? unknown(`The managed policy ${Arn} was not read.`);
      return {
        kind: 'policy',
        id: Arn,
        name: PolicyName,
        tags: unknown('Tags of policies are not read.'),
        optOuts: [],
        judgedFor: JUDGED_ALONE,
        trust: known({ statements: [] }),
        policies: 'unknown' in policy ? policy : known([policy.value]),
        policyHolders: known([]),
      };
    });
}

interface Identity {
  readonly kind: RoleFact['kind'];
  readonly id: string;
  readonly name: string;
  readonly tags: readonly Tag[] | undefined;
  /** Of a role. */
  readonly trust?: string;
  readonly inline: readonly PolicyDetail[];
  readonly managed: readonly Attachment[];
}

function identitiesOf(pages: readonly GetAccountAuthorizationDetailsCommandOutput[]): Identity[] {
  return pages.flatMap(({ RoleDetailList = [], UserDetailList = [], GroupDetailList = [] }) => [
    ...RoleDetailList.filter(({ Path = '/' }) => !Path.startsWith('/aws-service-role/')).map((role): Identity => ({
      kind: 'role',
      id: role.Arn ?? '',
      name: role.RoleName ?? '',
      tags: role.Tags,
      trust: role.AssumeRolePolicyDocument ?? '',
      inline: role.RolePolicyList ?? [],
      managed: role.AttachedManagedPolicies ?? [],
    })),
    ...UserDetailList.map((user): Identity => ({
      kind: 'user',
      id: user.Arn ?? '',
      name: user.UserName ?? '',
      tags: user.Tags,
      inline: user.UserPolicyList ?? [],
      managed: user.AttachedManagedPolicies ?? [],
    })),
    ...GroupDetailList.map((group): Identity => ({
      kind: 'group',
      id: group.Arn ?? '',
      name: group.GroupName ?? '',
      tags: [],
      inline: group.GroupPolicyList ?? [],
      managed: group.AttachedManagedPolicies ?? [],
    })),
  ]);
}

/** AWS managed policies exist for everyone; a copy of an inline policy is the same policy. */
function holding({ kind, name, inline, managed }: Identity): Holding {
  return {
    holder: { kind, name },
    policies: [
      ...managed
        .filter(({ PolicyArn = '' }) => !PolicyArn.includes(':iam::aws:policy/'))
        .map(({ PolicyArn = '', PolicyName = '' }) => ({ key: PolicyArn, name: PolicyName })),
      ...inline.map(({ PolicyName = '', PolicyDocument = '' }) => ({
        key: `${PolicyName} ${PolicyDocument}`,
        name: PolicyName,
      })),
    ],
  };
}

function ownPolicies(pages: readonly GetAccountAuthorizationDetailsCommandOutput[]): ManagedPolicies {
  return new Map(
    pages
      .flatMap(({ Policies = [] }) => Policies)
      .map(({ Arn = '', PolicyName = '', PolicyVersionList = [] }) => {
        const text = PolicyVersionList.find(({ IsDefaultVersion }) => IsDefaultVersion)?.Document;
        return [Arn, attached(PolicyName, text)];
      }),
  );
}

/** One of AWS's own policies, which the request for all would bring by the thousand. */
async function readManaged(aws: AwsReader, arn: string): Promise<Reading<AttachedPolicy>> {
  const subject = { kind: 'roles', attributes: ['policies'] } as const;
  const policy = await aws.read(
    {
      action: 'iam:GetPolicy',
      subject,
      command: new GetPolicyCommand({ PolicyArn: arn }),
      send: (command, options) => aws.clients.iam.send(command, options),
    },
    ({ Policy }) => Policy?.DefaultVersionId ?? 'v1',
  );
  if ('unknown' in policy) return policy;
  const text = await aws.read(
    {
      action: 'iam:GetPolicyVersion',
      subject,
      command: new GetPolicyVersionCommand({ PolicyArn: arn, VersionId: policy.value }),
      send: (command, options) => aws.clients.iam.send(command, options),
    },
    ({ PolicyVersion }) => PolicyVersion?.Document,
  );
  return 'unknown' in text ? text : attached(arn.split('/').at(-1) ?? arn, text.value);
}

function roleFact(role: Identity, managed: ManagedPolicies): Omit<RoleFact, 'policyHolders'> {
  const { kind, id, name, trust } = role;
  const policies: AttachedPolicy[] = [];
  let open: Reading<never> | undefined;
  for (const reading of [
    ...role.inline.map(({ PolicyName = '', PolicyDocument }) => attached(PolicyName, PolicyDocument)),
    ...role.managed.map(
      ({ PolicyArn = '' }) => managed.get(PolicyArn) ?? unknown(`The managed policy ${PolicyArn} was not read.`),
    ),
  ]) {
    if ('unknown' in reading) open ??= reading;
    else policies.push(reading.value);
  }
  return {
    kind,
    id,
    name,
    tags: known(tagsOf(role.tags)),
    optOuts: [],
    trust: trust === undefined ? known({ statements: [] }) : encodedPolicyReading(trust, name),
    // One policy that is not known may allow everything.
    policies: open ?? known(policies),
  };
}

function attached(name: string, text: string | undefined): Reading<AttachedPolicy> {
  if (text === undefined) return unknown(`The policy ${name} has no document.`);
  const document = encodedPolicyReading(text, name);
  return 'unknown' in document ? document : known({ name, document: document.value });
}
