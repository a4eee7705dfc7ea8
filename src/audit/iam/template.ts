/** Roles, users and groups with everything that is attached to them, as templates declare them. */
import { known, mapReading, type Reading, unknown } from '../model/reading.js';
import { capitalize } from '../policies/match.js';
import { parsePolicy } from '../policies/parse-policy.js';
import { physicalName } from '../template/physical-id.js';
import { isRecord, type ResourceReader, toText } from '../template/resource-reader.js';
import type { TemplateResources } from '../template/resources.js';
import { parseArn } from '../../syntax/arn.js';
import { AWS_MANAGED_POLICIES } from './aws-managed-policies.js';
import { type AttachedPolicy, holdersOf, type Holding, type PolicyHolders, type RoleFact } from './facts.js';

const KINDS = { 'AWS::IAM::Role': 'role', 'AWS::IAM::User': 'user', 'AWS::IAM::Group': 'group' } as const;

export function rolesOf(resources: TemplateResources): RoleFact[] {
  const all = Object.entries(KINDS).flatMap(([type, kind]) =>
    resources.ofType(type).map((reader) => ({ kind, reader, policies: policiesOf(reader, kind, resources) })),
  );
  const holdings = all.map(({ kind, reader, policies }) => holding(kind, reader, policies));
  const holders = holdersOf(holdings);
  const unread = all.find(({ policies }) => 'unknown' in policies)?.policies;
  return all.map(({ kind, reader, policies }, index) => ({
    kind,
    id: reader.id,
    name: physicalName(reader),
    tags: reader.tags(),
    optOuts: reader.optOuts,
    accepted: reader.accepted,
    trust: kind === 'role' ? trustOf(reader) : known({ statements: [] }),
    policies,
    policyHolders: holdersReading(holders(holdings[index] ?? holding(kind, reader, policies)), unread),
  }));
}

function trustOf(role: ResourceReader): RoleFact['trust'] {
  const trust = role.policy('AssumeRolePolicyDocument');
  if ('value' in trust && trust.value === undefined) return unknown('The template sets no trust policy for the role.');
  return trust as RoleFact['trust'];
}

function holding(kind: RoleFact['kind'], reader: ResourceReader, policies: RoleFact['policies']): Holding {
  const list = 'value' in policies ? policies.value : [];
  return {
    holder: { kind, name: physicalName(reader) },
    policies: list.map((policy) => ({ key: JSON.stringify(policy), name: policy.name })),
  };
}

/** That a policy is shared is known even if others were not read; that it is not shared is then unknown. */
function holdersReading(
  holders: readonly PolicyHolders[],
  unread: RoleFact['policies'] | undefined,
): RoleFact['policyHolders'] {
  const isShared = holders.some((policy) => policy.holders.length > 1);
  return !isShared && unread && 'unknown' in unread ? unread : known(holders);
}

function policiesOf(
  role: ResourceReader,
  kind: RoleFact['kind'],
  resources: TemplateResources,
): Reading<readonly AttachedPolicy[]> {
  const name = physicalName(role);
  const attached = resources
    .ofType('AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy', `AWS::IAM::${capitalize(kind)}Policy`)
    .filter((policy) => namesHolder(policy, kind, name) || isManagedBy(policy, role))
    .map((policy) => documentOf(policy, 'PolicyDocument', nameOf(policy)));
  const inline = role.items('Policies');
  if ('unknown' in inline) return inline;
  const awsManaged = role.texts('ManagedPolicyArns');
  const all = [
    ...attached,
    ...inline.value.map((policy) => documentOf(policy, 'PolicyDocument', toText(policy.properties.PolicyName))),
    ...('unknown' in awsManaged ? [awsManaged] : awsManaged.value.filter((arn) => !isOwn(arn, resources)).map(outside)),
  ];
  const policies: AttachedPolicy[] = [];
  for (const reading of all) {
    if ('unknown' in reading) return reading;
    policies.push(reading.value);
  }
  return known(policies);
}

/** What `Ref` gives is an ARN or an id, which no one uses as the name of a policy. */
function nameOf(policy: ResourceReader): string {
  const { PolicyName, ManagedPolicyName } = policy.properties;
  const name = PolicyName ?? ManagedPolicyName;
  return typeof name === 'string' ? name : physicalName(policy);
}

function namesHolder(policy: ResourceReader, kind: RoleFact['kind'], name: string): boolean {
  const list = policy.properties[`${capitalize(kind)}s`];
  return policy.properties[`${capitalize(kind)}Name`] === name || (Array.isArray(list) && list.includes(name));
}

function isManagedBy(policy: ResourceReader, role: ResourceReader): boolean {
  const arns = role.properties.ManagedPolicyArns;
  const own = policy.arn;
  return policy.type === 'AWS::IAM::ManagedPolicy' && Array.isArray(arns) && 'value' in own && arns.includes(own.value);
}

function isOwn(arn: string, resources: TemplateResources): boolean {
  return resources.ofType('AWS::IAM::ManagedPolicy').some((policy) => {
    const own = policy.arn;
    return 'value' in own && own.value === arn;
  });
}

function outside(arn: string): Reading<AttachedPolicy> {
  const { service, account, resource = '' } = parseArn(arn) ?? {};
  const name = service === 'iam' && account === 'aws' ? resource.replace(/^policy\//, '') : '';
  const ofAws = AWS_MANAGED_POLICIES[name];
  if (ofAws !== undefined) return known({ name, document: parsePolicy(ofAws) });
  return unknown(`The managed policy ${arn} is not in the template.`);
}

function documentOf(policy: ResourceReader, property: string, name: string): Reading<AttachedPolicy> {
  const value = policy.at(property);
  if ('unknown' in value) return value;
  if (!isRecord(value.value)) return unknown(`The policy ${name} has no document.`);
  return mapReading(value, (document) => ({ name, document: parsePolicy(document) }));
}
