/** Section 6.1 of the runbook for the stack of a config, with the key of its logs and the topic of its alarms. */
import { CfnOutput } from 'aws-cdk-lib';
import { AlarmTopic } from '../../shared/alarm-topic.js';
import { OperationsKey } from '../../shared/operations-key.js';
import type { DataLayerStack } from '../data-layer-stack.js';
import { DataLayerRotations } from './data-layer-rotations.js';

export interface AddRotationsOptions {
  /** Directory of the functions' bundles. @default the package's dist/rotation */
  readonly bundles?: string | undefined;
}

/** Rotates every secret of the stack that can be rotated without a person, and tells the config's addresses of failures. */
export function addRotations(layer: DataLayerStack, { bundles }: AddRotationsOptions = {}): DataLayerRotations {
  const { alarmEmails, logRetentionDays, rotation } = layer.layer;
  const { operationsKeyAlias, rotationAlarms } = layer.names;
  // The data key admits neither alarms nor the logs of functions.
  const key = new OperationsKey(layer, 'OperationsKey', { alias: operationsKeyAlias });
  const rotations = new DataLayerRotations(layer, 'Rotations', {
    layer,
    days: rotation.days,
    bundles,
    logKey: key,
    // The enumeration's values are the numbers of days.
    logRetention: logRetentionDays,
    alarmTopic: new AlarmTopic(layer, 'RotationAlarms', {
      topicName: rotationAlarms,
      encryptionKey: key,
      emails: alarmEmails,
    }),
  });
  outputGroups(layer, rotations);
  return rotations;
}

/** Where groups of the database or the cache were given, their owner lets these in. */
function outputGroups(layer: DataLayerStack, { databaseUser, backupUser, redisAuth }: DataLayerRotations): void {
  const groups = {
    DatabaseRotationGroup: databaseUser,
    BackupRotationGroup: backupUser,
    RedisRotationGroup: redisAuth,
  };
  for (const [name, rotation] of Object.entries(groups)) {
    for (const group of rotation?.function.lambda.connections.securityGroups ?? [])
      new CfnOutput(layer, name, { value: group.securityGroupId });
  }
}
