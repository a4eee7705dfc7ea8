/** Roles with everything that is attached to them, as templates declare them. */
import { parsePolicy } from '../../policies/parse-policy.js';
import { known, mapReading, unknown, type Reading } from '../../reading.js';
import type { AttachedPolicy, RoleFact } from '../model.js';
import { AWS_MANAGED_POLICIES } from './aws-managed-policies.js';
import { physicalName } from './physical-name.js';
import { isRecord, type ResourceReader, toText } from './resource-reader.js';
import type { TemplateResources } from './resources.js';

export function rolesOf(resources: TemplateResources): RoleFact[] {
  return resources.ofType('AWS::IAM::Role').map((role) => {
    const trust = role.policy('AssumeRolePolicyDocument');
    return {
      id: role.id,
      name: physicalName(role),
      tags: role.tags(),
      optOuts: role.optOuts,
      accepted: role.accepted,
      trust:
        'value' in trust && trust.value === undefined
          ? unknown('The template gives the role no trust policy.')
          : (trust as RoleFact['trust']),
      policies: policiesOf(role, resources),
    };
  });
}

function policiesOf(role: ResourceReader, resources: TemplateResources): Reading<readonly AttachedPolicy[]> {
  const name = physicalName(role);
  const attached = resources
    .ofType('AWS::IAM::Policy', 'AWS::IAM::RolePolicy', 'AWS::IAM::ManagedPolicy')
    .filter((policy) => namesRole(policy, name) || isManagedBy(policy, role))
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

/** What `Ref` gives is an ARN or an id, by which nobody calls a policy. */
function nameOf(policy: ResourceReader): string {
  const { PolicyName, ManagedPolicyName } = policy.properties;
  const name = PolicyName ?? ManagedPolicyName;
  return typeof name === 'string' ? name : physicalName(policy);
}

function namesRole(policy: ResourceReader, role: string): boolean {
  const { Roles, RoleName } = policy.properties;
  return RoleName === role || (Array.isArray(Roles) && Roles.includes(role));
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
  const name = /^arn:[^:]*:iam::aws:policy\/(.*)$/.exec(arn)?.[1] ?? '';
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
