/**
 * The CDK is the app's own (docs/decisions/0022-cdk-as-a-peer-dependency.md): what has come since the oldest version
 * that these constructs work with, 2.223.0, is used here alone, and asked for before it is used. The `d.ts` of a
 * construct never names it.
 */
import type { App, Stack } from 'aws-cdk-lib';
import * as cdk from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { CfnDBCluster, DatabaseCluster } from 'aws-cdk-lib/aws-rds';
import type { Bucket, CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Secret, type ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { IConstruct } from 'constructs';

/** As the CDK's types of plugins are, from the oldest version on to the newest. */
export interface ValidationPlugin {
  readonly name: string;
  readonly ruleIds?: string[];
  validate(context: ValidationContext): ValidationReport;
}

export interface ValidationContext {
  /** Absolute. */
  readonly templatePaths: string[];
  /** Since 2.255. */
  readonly stackTemplates?: readonly ValidatedStack[];
}

export interface ValidatedStack {
  readonly stackConstructPath: string;
  /** Absolute. */
  readonly templatePath: string;
  readonly accountId?: string | undefined;
  readonly region?: string | undefined;
}

export interface ValidationReport {
  readonly success: boolean;
  readonly violations: ValidationViolation[];
}

export interface ValidationViolation {
  readonly ruleName: string;
  readonly description: string;
  readonly fix: string;
  readonly severity: 'error' | 'warning';
  readonly ruleMetadata: Record<string, string>;
  readonly violatingResources: ViolatingResource[];
}

/** Both are empty where no resource is meant. */
export interface ViolatingResource {
  readonly resourceLogicalId: string;
  readonly templatePath: string;
  readonly locations: string[];
}

interface Validations {
  addPlugins(...plugins: ValidationPlugin[]): void;
  acknowledge(...findings: Acknowledgment[]): void;
}

interface Acknowledgment {
  readonly id: string;
  readonly reason: string;
}

/** `undefined` before 2.255. */
function validationsOf(scope: IConstruct): Validations | undefined {
  const { Validations: found } = cdk as unknown as { Validations?: { of(scope: IConstruct): Validations } };
  return found?.of(scope);
}

/** Before 2.255 an app took its plugins when it was made, and keeps them in a list. */
export function addValidationPlugin(app: App, plugin: ValidationPlugin): void {
  const validations = validationsOf(app);
  if (validations) return validations.addPlugins(plugin);
  const { policyValidationBeta1: plugins } = app as unknown as { policyValidationBeta1: ValidationPlugin[] };
  plugins.push(plugin);
}

/**
 * Says why findings of template checkers do not apply to a construct and what is in it.
 *
 * Before 2.255 there is nowhere to say it, and a checker of that time reports them: suppress them as it wants it.
 */
export function acknowledgeFindings(scope: IConstruct, findings: readonly Acknowledgment[]): void {
  validationsOf(scope)?.acknowledge(...findings);
}

/** `addDependency` became `addStackDependency` in 2.265. */
export function dependOn(stack: Stack, target: Stack, reason: string): void {
  const { addStackDependency } = stack as { addStackDependency?: Stack['addDependency'] };
  // The only name that older versions have.
  if (addStackDependency === undefined) stack.addDependency(target, reason);
  else addStackDependency.call(stack, target, reason);
}

/** No object under a key of the client's own. The property of the CDK's bucket for it is newer than 2.240. */
export function blockCustomerKeys(bucket: Bucket): void {
  (bucket.node.defaultChild as CfnBucket).addPropertyOverride(
    'BucketEncryption.ServerSideEncryptionConfiguration.0.BlockedEncryptionTypes',
    { EncryptionType: ['SSE-C'] },
  );
}

/** Of a cluster: RDS makes the master user's password, and rotates it. Unknown to 2.223, which ignores it. */
export const MANAGED_MASTER_PASSWORD = { manageMasterUserPassword: true };

/**
 * The secret that RDS makes for a cluster with `MANAGED_MASTER_PASSWORD`. An older CDK has made one of its own for the
 * cluster: that goes, and the resource says what the CDK could not.
 *
 * @param user the master user's name
 */
export function managedMasterSecret(cluster: DatabaseCluster, user: string, encryptionKey: IKey): ISecret {
  if (!cluster.node.tryRemoveChild('Secret')) {
    if (cluster.secret === undefined) throw new Error('A cluster with a managed master user has a secret.');
    return cluster.secret;
  }
  const resource = cluster.node.defaultChild as CfnDBCluster;
  resource.masterUsername = user;
  resource.masterUserPassword = undefined;
  resource.manageMasterUserPassword = true;
  resource.masterUserSecret = { kmsKeyId: encryptionKey.keyArn };
  const secretCompleteArn = resource.attrMasterUserSecretSecretArn;
  return Secret.fromSecretAttributes(cluster, 'ManagedSecret', { secretCompleteArn, encryptionKey });
}
