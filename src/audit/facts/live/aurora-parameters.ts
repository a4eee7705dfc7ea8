/** What a cluster's parameter group sets, and what of it is in effect. */
import { DescribeDBClusterParametersCommand, type DBCluster, type Parameter } from '@aws-sdk/client-rds';
import { mapReading } from '../../reading.js';
import type { AuroraClusterFact, AuroraParameter } from '../model.js';
import type { AwsReader } from './reader.js';

export async function readParameters(
  aws: AwsReader,
  arn: string,
  cluster: DBCluster,
): Promise<AuroraClusterFact['parameters']> {
  const parameters = await aws.list({
    action: 'rds:DescribeDBClusterParameters',
    subject: { kind: 'auroraClusters', resource: arn, attributes: ['parameters'] },
    page: (Marker) =>
      new DescribeDBClusterParametersCommand({
        DBClusterParameterGroupName: cluster.DBClusterParameterGroup,
        // Only what differs from the engine's default; the whole group would be four hundred.
        Source: 'user',
        Marker,
      }),
    send: (command, options) => aws.clients.rds.send(command, options),
    next: ({ Marker }) => Marker,
    items: ({ Parameters }) => Parameters,
  });
  const status = statusOf(cluster);
  return mapReading(parameters, (all) =>
    Object.fromEntries(all.map((parameter) => [parameter.ParameterName ?? '', effectOf(parameter, status)])),
  );
}

/** Of each member: `in-sync`, `applying`, `pending-reboot`. */
export function statusOf({ DBClusterMembers = [] }: DBCluster): Readonly<Record<string, string>> {
  return Object.fromEntries(
    DBClusterMembers.map(({ DBInstanceIdentifier = '', DBClusterParameterGroupStatus = 'unknown' }) => [
      DBInstanceIdentifier,
      DBClusterParameterGroupStatus,
    ]),
  );
}

/**
 * RDS does not tell a parameter's value in a member, only whether the member has taken over the group. So a value is
 * applied where every member has; a dynamic one also where members wait for a reboot, which they need for static ones.
 */
export function effectOf(parameter: Parameter, status: Readonly<Record<string, string>>): AuroraParameter {
  const value = parameter.ParameterValue;
  if (value === undefined) return {};
  const waitsForReboot = parameter.ApplyType === 'static' || parameter.ApplyMethod === 'pending-reboot';
  const states = Object.values(status);
  if (states.every((one) => one === 'in-sync')) return { declared: value, applied: value };
  if (states.every((one) => one === 'in-sync' || one === 'pending-reboot')) {
    return waitsForReboot ? { declared: value, pending: value } : { declared: value, applied: value };
  }
  return { declared: value, pending: value };
}
