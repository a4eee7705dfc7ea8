/** The key of what is no data: logs, alarms, queues. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyDocument } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { operationsKeyPolicy } from '../../policies/index.js';
import { keepAlias } from './kept.js';
import { placeOf } from './place.js';

export interface OperationsKeyProps {
  /** With `alias/` before it. @default none */
  readonly alias?: string;
}

export class OperationsKey extends Key {
  constructor(scope: Construct, id: string, props: OperationsKeyProps = {}) {
    super(scope, id, {
      alias: props.alias,
      description: 'Logs, alarms and queues of Holdfast. No backup is encrypted with it.',
      enableKeyRotation: true,
      pendingWindow: Duration.days(30),
      policy: PolicyDocument.fromJson(operationsKeyPolicy(placeOf(scope))),
      // Logs are kept when the stack goes, and are lost without it.
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    keepAlias(this, RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
  }
}
