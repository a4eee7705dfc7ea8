/** What the parameter groups of a cluster and of its instances set, and what of it is in effect. */
import {
  type DBCluster,
  type DBInstance,
  DescribeDBClusterParametersCommand,
  DescribeDBParametersCommand,
  type Parameter,
} from '@aws-sdk/client-rds';
import type { AwsReader } from '../live/reader.js';
import { allOf, known, mapReading, type Reading } from '../model/reading.js';
import type { AuroraClusterFact, AuroraInstanceFact, AuroraParameter } from './facts.js';

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
  return mapReading(parameters, (all) => effectsOf(all, statusOf(cluster)));
}

/** Of an instance's own parameter groups, in the order in which they apply. */
export async function readInstanceParameters(
  aws: AwsReader,
  arn: string,
  { DBParameterGroups = [] }: DBInstance,
): Promise<AuroraInstanceFact['parameters']> {
  const read: Reading<Readonly<Record<string, AuroraParameter>>>[] = [];
  for (const { DBParameterGroupName: name = '', ParameterApplyStatus: status = 'unknown' } of DBParameterGroups) {
    // The engine's own cannot be changed.
    if (name.startsWith('default.')) continue;
    const parameters = await aws.list({
      action: 'rds:DescribeDBParameters',
      subject: { kind: 'auroraClusters', resource: arn, attributes: ['instances'] },
      page: (Marker) => new DescribeDBParametersCommand({ DBParameterGroupName: name, Source: 'user', Marker }),
      send: (command, options) => aws.clients.rds.send(command, options),
      next: ({ Marker }) => Marker,
      items: ({ Parameters }) => Parameters,
    });
    read.push(mapReading(parameters, (all) => effectsOf(all, { [name]: status })));
  }
  const unread = allOf(read);
  if ('unknown' in unread) return unread;
  return known(Object.assign({}, ...unread.value) as Readonly<Record<string, AuroraParameter>>);
}

function effectsOf(
  parameters: readonly Parameter[],
  status: Readonly<Record<string, string>>,
): Readonly<Record<string, AuroraParameter>> {
  return Object.fromEntries(
    parameters.map((parameter) => [parameter.ParameterName ?? '', effectOf(parameter, status)]),
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

/** Of the parameter groups that members have of their own; without the engine's own, which cannot be changed. */
export function statusOfInstances(instances: readonly DBInstance[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    instances.flatMap(({ DBInstanceIdentifier = '', DBParameterGroups = [] }) =>
      DBParameterGroups.filter(({ DBParameterGroupName = '' }) => !DBParameterGroupName.startsWith('default.')).map(
        ({ DBParameterGroupName = '', ParameterApplyStatus = 'unknown' }) => [
          `${DBInstanceIdentifier} (${DBParameterGroupName})`,
          ParameterApplyStatus,
        ],
      ),
    ),
  );
}

/**
 * RDS does not give a parameter's value in a member, only whether the member has applied the group. So a value is
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
