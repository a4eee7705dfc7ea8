/** The role with which S3 copies objects of one bucket into another, and can do nothing else. */
import { Stack } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.js';

export interface ReplicationRoleProps {
  readonly sourceArn: string;
  readonly sourceKey: IKey;
  readonly replicaArn: string;
  /** In the replica's Region. */
  readonly replicaKeyArn: string;
  /** The replica's Region. @default the stack's */
  readonly replicaRegion?: string;
  /** Whether replicas become the property of the replica's account, another one. @default false */
  readonly handsOver?: boolean;
}

export class ReplicationRole extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, props: ReplicationRoleProps) {
    super(scope, id);
    const { account, region } = Stack.of(this);
    const allow = (actions: string[], resource: string) => new PolicyStatement({ actions, resources: [resource] });
    this.role = new Role(this, 'Role', {
      description: 'S3 copies the data lake into its replica',
      assumedBy: new ServicePrincipal('s3.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': account }, ArnLike: { 'aws:SourceArn': props.sourceArn } },
      }),
      // In the role itself: S3 checks at once whether the role may do what a replication rule says.
      inlinePolicies: {
        Replication: new PolicyDocument({
          statements: [
            allow(['s3:GetReplicationConfiguration', 's3:ListBucket'], props.sourceArn),
            allow(
              ['s3:GetObjectVersionForReplication', 's3:GetObjectVersionAcl', 's3:GetObjectVersionTagging'],
              `${props.sourceArn}/*`,
            ),
            allow(
              [
                's3:ReplicateObject',
                's3:ReplicateDelete',
                's3:ReplicateTags',
                ...(props.handsOver ? ['s3:ObjectOwnerOverrideToBucketOwner'] : []),
              ],
              `${props.replicaArn}/*`,
            ),
            useOfKey(['kms:Decrypt'], props.sourceKey.keyArn, props.sourceArn, region),
            useOfKey(
              ['kms:Encrypt', 'kms:GenerateDataKey'],
              props.replicaKeyArn,
              props.replicaArn,
              props.replicaRegion ?? region,
            ),
          ],
        }),
      },
    });
    acknowledge(this.role, 'iam-wildcard', 'All objects of the one bucket are replicated, whatever their keys.', [
      `Resource::${props.sourceArn}/*`,
      `Resource::${props.replicaArn}/*`,
    ]);
    acknowledge(this.role, 'iam-inline', 'An inline policy cannot be attached to anything else.');
  }
}

/** The context is the bucket's ARN where a bucket key is used, and the object's where a writer asked for none. */
function useOfKey(actions: string[], key: string, bucketArn: string, region: string): PolicyStatement {
  return new PolicyStatement({
    actions,
    resources: [key],
    conditions: {
      StringEquals: { 'kms:ViaService': `s3.${region}.amazonaws.com` },
      StringLike: { 'kms:EncryptionContext:aws:s3:arn': [bucketArn, `${bucketArn}/*`] },
    },
  });
}
