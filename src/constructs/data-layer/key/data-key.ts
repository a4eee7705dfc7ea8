/** Runbook 1.1: the customer managed key, restricted to services. */
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Key, type IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { keepAlias } from '../../shared/kept.js';
import { KEY_SERVICES, keyPolicy, type KeyService } from './key-policy.js';

export interface DataKeyProps {
  /** @default 'Data key' */
  readonly description?: string;
  /** With `alias/`. @default none */
  readonly alias?: string;
  /** The services through which the key may be used: those that are in use. @default all five of the runbook */
  readonly services?: readonly KeyService[];
  /**
   * ARNs of roles (wildcards allowed) that administer the key. They then cannot use it, not even through a service.
   * @default anyone whom IAM in the account allows to administer it
   */
  readonly administrators?: readonly string[];
  /**
   * ARNs of roles (wildcards allowed) that deploy: they may change the key's policy, as the administrators may, and let
   * ElastiCache use the key.
   * @default the execution roles of the CDK's bootstrap stacks
   */
  readonly deploymentRoles?: readonly string[];
  /**
   * Names of log groups (wildcards allowed) that CloudWatch Logs encrypts with the key, such as `/aws/rds/cluster/*`.
   * What uses another key for its log does not need it.
   *
   * @default none
   */
  readonly logGroups?: readonly string[];
  /** 90 to 2560 days. @default one year */
  readonly rotationPeriod?: Duration;
}

/** A customer managed key that the account's principals use through the given services, and in no other way. */
export class DataKey extends Construct {
  /** What other constructs encrypt with. Grants on it go to the grantee; they never widen the key's policy. */
  readonly key: IKey;

  constructor(scope: Construct, id: string, props: DataKeyProps = {}) {
    super(scope, id);
    const { account, partition, region } = Stack.of(this);
    const key = new Key(this, 'Key', {
      alias: props.alias,
      description: props.description ?? 'Data key',
      enableKeyRotation: true,
      rotationPeriod: props.rotationPeriod ?? Duration.days(365),
      pendingWindow: Duration.days(30),
      removalPolicy: RemovalPolicy.RETAIN,
      policy: keyPolicy(this, {
        services: props.services ?? KEY_SERVICES,
        administrators: props.administrators ?? [],
        deploymentRoles: props.deploymentRoles ?? [
          `arn:${partition}:iam::${account}:role/cdk-*-cfn-exec-role-${account}-${region}`,
        ],
        logGroups: props.logGroups ?? [],
      }),
    });
    keepAlias(key, RemovalPolicy.RETAIN);
    // The CDK adds statements to the policy of a key that it made, whenever something is encrypted with it or granted
    // on it. It leaves an imported one alone.
    this.key = Key.fromKeyArn(this, 'Reference', key.keyArn);
  }
}
