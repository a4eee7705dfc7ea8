/** Roles, users and groups with everything that is attached to them, as templates declare them. */
import { known, type ListReading, listOf, mapReading, type Reading, unknown } from '../model/reading.js';
import { capitalize } from '../policies/match.js';
import { parsePolicy } from '../policies/parse-policy.js';
import { findOpen } from '../template/open-value.js';
import { type ResourceReader, toText } from '../template/resource-reader.js';
import type { TemplateResources } from '../template/resources.js';
import { parseArn } from '../../syntax/arn.js';
import { AWS_MANAGED_POLICIES } from './aws-managed-policies.js';
import {
  type AttachedPolicy,
  holdersOf,
  type Holding,
  JUDGED_ALONE,
  type PolicyHolders,
  type RoleFact,
} from './facts.js';

const KINDS = { 'AWS::IAM::Role': 'role', 'AWS::IAM::User': 'user', 'AWS::IAM::Group': 'group' } as const;
const MANAGED = 'AWS::IAM::ManagedPolicy';

export function rolesOf(resources: TemplateResources): RoleFact[] {
  const all = Object.entries(KINDS).flatMap(([type, kind]) =>
    resources.ofType(type).map((reader) => ({ kind, reader, policies: policiesOf(reader, kind, resources) })),
  );
  const holdings = all.map(({ kind, reader, policies }) => holding(kind, reader, policies));
  const holders = holdersOf(holdings);
  const unread = all.find(({ policies }) => 'unknown' in policies)?.policies;
  return [
    ...all.map(({ kind, reader, policies }, index) => ({
      kind,
      ...reader.common,
      trust: kind === 'role' ? trustOf(reader) : NO_TRUST,
      policies,
      policyHolders: holdersReading(holders(holdings[index] ?? holding(kind, reader, policies)), unread),
    })),
    ...policiesOfOthers(resources),
  ];
}

const NO_TRUST = known({ statements: [] });

function trustOf(role: ResourceReader): RoleFact['trust'] {
  const trust = role.policy('AssumeRolePolicyDocument');
  if ('value' in trust && trust.value === undefined) return unknown('The template sets no trust policy for the role.');
  return trust as RoleFact['trust'];
}

function holding(kind: RoleFact['kind'], reader: ResourceReader, policies: RoleFact['policies']): Holding {
  const list = 'value' in policies ? policies.value : (policies.found ?? []);
  return {
    holder: { kind, name: reader.name },
    policies: list.map((policy) => ({ key: JSON.stringify(policy), name: policy.name })),
  };
}

/** That a policy is shared is known even if others were not read; that it is not shared is then unknown. */
function holdersReading(
  holders: readonly PolicyHolders[],
  unread: RoleFact['policies'] | undefined,
): RoleFact['policyHolders'] {
  const isShared = holders.some((policy) => policy.holders.length > 1);
  return !isShared && unread && 'unknown' in unread ? { unknown: unread.unknown } : known(holders);
}

function policiesOf(
  role: ResourceReader,
  kind: RoleFact['kind'],
  resources: TemplateResources,
): ListReading<AttachedPolicy> {
  return listOf([
    ...readAll(attachedTo(role, kind, resources), (policy) => documentOf(policy, nameOfPolicy(policy))),
    ...readAll(role.items('Policies'), (policy) => documentOf(policy, toText(policy.properties.PolicyName))),
    ...managedBy(role, resources),
  ]);
}

/** Each item as it reads; last, why there may be more. */
function readAll<T, U>(list: ListReading<T>, read: (item: T) => Reading<U>): Reading<U>[] {
  const readings = ('unknown' in list ? (list.found ?? []) : list.value).map(read);
  return 'unknown' in list ? [...readings, { unknown: list.unknown }] : readings;
}

function attachedTo(role: ResourceReader, kind: RoleFact['kind'], resources: TemplateResources) {
  const Kind = capitalize(kind);
  const lists = [
    resources.naming(role, POLICIES, { at: [`${Kind}s`] }),
    resources.naming(role, [`AWS::IAM::${Kind}Policy`], { at: [`${Kind}Name`] }),
  ];
  const unread = lists.find((list) => 'unknown' in list);
  const found = lists.flatMap((list) => ('unknown' in list ? (list.found ?? []) : list.value));
  return unread && 'unknown' in unread ? { unknown: unread.unknown, found } : known(found);
}

const POLICIES = ['AWS::IAM::Policy', MANAGED];

/** Those that the role itself names by their ARNs. */
function managedBy(role: ResourceReader, resources: TemplateResources): Reading<AttachedPolicy>[] {
  const { ManagedPolicyArns: arns } = role.properties;
  if (!Array.isArray(arns)) return arns === undefined ? [] : [mapReading(role.at('ManagedPolicyArns'), notAList)];
  return (arns as unknown[]).map((arn) => {
    const own = resources.meant(role, MANAGED, arn);
    if (own) return 'unknown' in own ? own : documentOf(own.value, nameOfPolicy(own.value));
    if (typeof arn === 'string') return outside(arn);
    return { unknown: findOpen(arn)?.unknown ?? { reason: `A managed policy of ${role.id} has no ARN.` } };
  });
}

function notAList(): AttachedPolicy {
  return { name: 'ManagedPolicyArns', document: { statements: [] } };
}

/** What `Ref` gives is an ARN or an id, which no one uses as the name of a policy. */
function nameOfPolicy(policy: ResourceReader): string {
  const { PolicyName, ManagedPolicyName } = policy.properties;
  const name = PolicyName ?? ManagedPolicyName;
  return typeof name === 'string' ? name : policy.name;
}

function outside(arn: string): Reading<AttachedPolicy> {
  const { service, account, resource = '' } = parseArn(arn) ?? {};
  const name = service === 'iam' && account === 'aws' ? resource.replace(/^policy\//, '') : '';
  const ofAws = AWS_MANAGED_POLICIES[name];
  if (ofAws !== undefined) return known({ name, document: parsePolicy(ofAws) });
  return unknown(`The managed policy ${arn} is not in the template.`);
}

function documentOf(policy: ResourceReader, name: string): Reading<AttachedPolicy> {
  const document = policy.policy('PolicyDocument');
  if ('unknown' in document) return document;
  return document.value === undefined
    ? unknown(`The policy ${name} has no document.`)
    : known({ name, document: document.value });
}

/** Policies that no role, user or group of the templates has: who has them is elsewhere, or nobody does. */
function policiesOfOthers(resources: TemplateResources): RoleFact[] {
  const types = [...POLICIES, ...Object.values(KINDS).map((kind) => `AWS::IAM::${capitalize(kind)}Policy`)];
  const managed = new Set(
    Object.keys(KINDS).flatMap((type) =>
      resources
        .ofType(type)
        .flatMap((role) => [...resources.meantBy(role, MANAGED, { at: ['ManagedPolicyArns'] }).certain]),
    ),
  );
  return resources
    .ofType(...types)
    .filter((policy) => !managed.has(policy) && !isHeldHere(policy, resources))
    .map((policy) => ({
      kind: 'policy',
      ...policy.common,
      name: nameOfPolicy(policy),
      judgedFor: JUDGED_ALONE,
      trust: NO_TRUST,
      policies: listOf([documentOf(policy, nameOfPolicy(policy))]),
      policyHolders: unknown('Who has the policy is not in the template.'),
    }));
}

function isHeldHere(policy: ResourceReader, resources: TemplateResources): boolean {
  return Object.entries(KINDS).some(([type, kind]) =>
    [`${capitalize(kind)}s`, `${capitalize(kind)}Name`].some(
      (property) => resources.meantBy(policy, type, { at: [property] }).certain.size > 0,
    ),
  );
}
