/** The key of what is no data: logs, alarms, queues. */
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyDocument } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { operationsKeyPolicy, partitionOf } from '../../policies/index.js';

export interface OperationsKeyProps {
  /** With `alias/` before it. */
  readonly alias: string;
  /** The Region, not a token: its part of AWS is in all ARNs. */
  readonly region: string;
}

export class OperationsKey extends Key {
  constructor(scope: Construct, id: string, { alias, region }: OperationsKeyProps) {
    const { account } = Stack.of(scope);
    const policy = operationsKeyPolicy({ partition: partitionOf(region), region, account });
    super(scope, id, {
      alias,
      description: 'Logs, alarms and queues of Holdfast. No backup is encrypted with it.',
      enableKeyRotation: true,
      pendingWindow: Duration.days(30),
      policy: PolicyDocument.fromJson(policy),
      // Logs are kept when the stack goes, and are lost without it.
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
  }
}
