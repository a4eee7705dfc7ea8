/**
 * What CodeBuild itself needs in the role of a job, beside the backup: its source, its image, its network interface. It
 * depends on how the stack was deployed, touches neither vault nor database, and is not part of the policy that
 * `holdfast policy role` prints.
 */
import type { VaultPlan } from '../../policies/index.js';
import type { LiveStatement } from './compare-policies.js';

const READ_SOURCE = /^s3:getobject(version)?$/i;
const NETWORK_AND_IMAGE = [
  'ec2:createnetworkinterface',
  'ec2:createnetworkinterfacepermission',
  'ec2:deletenetworkinterface',
  'ec2:describedhcpoptions',
  'ec2:describenetworkinterfaces',
  'ec2:describesecuritygroups',
  'ec2:describesubnets',
  'ec2:describevpcs',
  'ecr:batchchecklayeravailability',
  'ecr:batchgetimage',
  'ecr:getauthorizationtoken',
  'ecr:getdownloadurlforlayer',
];

export function isOfBuild(statement: LiveStatement, { partition, region, sourceAccount }: VaultPlan): boolean {
  const { Effect, Action, Resource } = statement;
  const actions = listOf(Action);
  if (Effect !== 'Allow' || actions.length === 0) return false;
  if (actions.every((action) => NETWORK_AND_IMAGE.includes(action.toLowerCase()))) return true;
  // The bucket that `cdk bootstrap` makes, whatever its qualifier: only what was deployed lies there.
  const source = new RegExp(`^arn:${partition}:s3:::cdk-[a-z0-9]+-assets-${sourceAccount}-${region}/[0-9a-f]+\\.zip$`);
  const resources = listOf(Resource);
  return (
    actions.every((action) => READ_SOURCE.test(action)) &&
    resources.length > 0 &&
    resources.every((resource) => source.test(resource))
  );
}

function listOf(value: unknown): string[] {
  return (Array.isArray(value) ? (value as unknown[]) : [value]).filter((one) => typeof one === 'string');
}
