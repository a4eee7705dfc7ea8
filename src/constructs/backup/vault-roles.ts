/**
 * The roles that decrypt backups: one for people, with a second factor, and if the config asks for it, one for restore
 * drills.
 */
import { Duration, Stack } from 'aws-cdk-lib';
import {
  AccountPrincipal,
  ArnPrincipal,
  CompositePrincipal,
  PolicyDocument,
  PolicyStatement,
  Role,
  ServicePrincipal,
  type PrincipalBase,
} from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { drillRoleName, partitionOf, PROOF_KEYS, restoreRoleName, throughS3 } from '../../policies/index.js';
import { acknowledge, INLINE_POLICIES, wildcards } from '../shared/acknowledge.js';

export interface VaultRolesProps {
  readonly environment: string;
  readonly region: string;
  readonly bucketName: string;
  readonly keyArn: string;
  /**
   * ARNs of roles and users, or accounts, that may assume the restore role. @default anyone whom IAM in the account
   * allows
   */
  readonly restorePrincipals?: readonly string[];
  /**
   * The CodeBuild project that runs restore drills, which must exist: anyone who can create or change a project of that
   * name can read what its role reads. @default no role for drills
   */
  readonly drillProject?: string;
}

/** Long enough for the restore of a large database, which cannot ask for the second factor again. */
const RESTORE_SESSION = Duration.hours(12);

export class VaultRoles extends Construct {
  readonly restore: Role;
  readonly drill?: Role;

  constructor(scope: Construct, id: string, props: VaultRolesProps) {
    super(scope, id);
    const { account } = Stack.of(this);
    const { environment, region, restorePrincipals = [], drillProject } = props;
    const partition = partitionOf(region);
    const people: PrincipalBase[] = (restorePrincipals.length > 0 ? restorePrincipals : [account]).map((principal) =>
      principal.startsWith('arn:') ? new ArnPrincipal(principal) : new AccountPrincipal(principal),
    );
    this.restore = new Role(this, 'Restore', {
      roleName: restoreRoleName(environment),
      description: 'Reads backups of the vault, for a restore. Each use of it raises an alarm.',
      assumedBy: new CompositePrincipal(...people).withConditions({
        Bool: { 'aws:MultiFactorAuthPresent': 'true' },
        // CloudTrail reports the call where STS answers it, and the rule that raises the alarm is in this Region.
        StringEquals: { 'aws:RequestedRegion': region },
      }),
      maxSessionDuration: RESTORE_SESSION,
      inlinePolicies: { read: new PolicyDocument({ statements: readStatements(props, partition) }) },
    });
    if (drillProject !== undefined) this.drill = this.#makeDrill(props, drillProject);
    const objects = `arn:${partition}:s3:::${props.bucketName}/`;
    const reason = 'The keys of backups contain the time, and are not known in advance.';
    for (const role of [this.restore, this.drill]) {
      if (!role) continue;
      acknowledge(role, {
        ...wildcards([`${objects}*`, `${objects}${PROOF_KEYS}`], reason),
        ...INLINE_POLICIES,
      });
    }
  }

  #makeDrill(props: VaultRolesProps, project: string): Role {
    const { environment, region } = props;
    const { account } = Stack.of(this);
    const partition = partitionOf(region);
    return new Role(this, 'Drill', {
      roleName: drillRoleName(environment),
      description: 'Restores backups of the vault into throwaway servers, and writes the proofs.',
      assumedBy: new ServicePrincipal('codebuild.amazonaws.com').withConditions({
        StringEquals: { 'aws:SourceAccount': account },
        ArnLike: {
          'aws:SourceArn': `arn:${partition}:codebuild:${region}:${account}:project/${project}`,
        },
      }),
      inlinePolicies: {
        prove: new PolicyDocument({
          statements: [...readStatements(props, partition), ...proofStatements(props, partition)],
        }),
      },
    });
  }
}

function readStatements({ bucketName, keyArn, region }: VaultRolesProps, partition: string): PolicyStatement[] {
  const bucketArn = `arn:${partition}:s3:::${bucketName}`;
  return [
    new PolicyStatement({ sid: 'ListBackups', actions: ['s3:ListBucket'], resources: [bucketArn] }),
    new PolicyStatement({
      sid: 'ReadBackups',
      actions: ['s3:GetObject', 's3:GetObjectVersion'],
      resources: [`${bucketArn}/*`],
    }),
    new PolicyStatement({
      sid: 'DecryptBackups',
      actions: ['kms:Decrypt'],
      resources: [keyArn],
      conditions: throughS3(region, `${bucketArn}/*`),
    }),
  ];
}

function proofStatements({ bucketName, keyArn, region }: VaultRolesProps, partition: string): PolicyStatement[] {
  const proofs = `arn:${partition}:s3:::${bucketName}/${PROOF_KEYS}`;
  return [
    new PolicyStatement({ sid: 'WriteProofs', actions: ['s3:PutObject'], resources: [proofs] }),
    new PolicyStatement({
      sid: 'EncryptProofs',
      actions: ['kms:GenerateDataKey'],
      resources: [keyArn],
      conditions: throughS3(region, proofs),
    }),
  ];
}
