/**
 * The roles that decrypt backups: one for people, with a second factor, and where a project for them is named, one for
 * restore drills.
 */
import { Duration } from 'aws-cdk-lib';
import {
  AccountPrincipal,
  ArnPrincipal,
  CompositePrincipal,
  PolicyDocument,
  Role,
  ServicePrincipal,
  type PrincipalBase,
} from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { PROOF_KEYS } from '../../policies/index.js';
import { acknowledge, INLINE_POLICIES, wildcards } from '../shared/acknowledge.js';
import { placeOf } from '../shared/place.js';
import type { BackupVault } from './backup-vault.js';
import { proving, restoring, statementOf, type Permission } from './vault-permissions.js';

export interface VaultRolesProps {
  readonly vault: BackupVault;
  /**
   * A role under a name that is given has to be among the vault's `readerRoleArns`: the policy of the key names it
   * before it exists.
   *
   * @default CloudFormation's name, and the vault grants the role what it needs
   */
  readonly restoreRoleName?: string;
  /** Likewise, and among the vault's `proverRoleArns`. @default CloudFormation's name, and the vault grants it */
  readonly drillRoleName?: string;
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
  readonly #props: VaultRolesProps;

  constructor(scope: Construct, id: string, props: VaultRolesProps) {
    super(scope, id);
    this.#props = props;
    this.restore = this.#makeRestore();
    if (props.drillProject !== undefined) this.drill = this.#makeDrill(props.drillProject);
    const objects = `${props.vault.place.bucketArn}/`;
    const reason = 'The keys of backups contain the time, and are not known in advance.';
    for (const role of [this.restore, this.drill]) {
      if (!role) continue;
      acknowledge(role, {
        ...wildcards([`${objects}*`, `${objects}${PROOF_KEYS}`], reason),
        ...INLINE_POLICIES,
      });
    }
  }

  #makeRestore(): Role {
    const { vault, restoreRoleName: roleName, restorePrincipals = [] } = this.#props;
    const { account, region } = placeOf(this);
    const people: PrincipalBase[] = (restorePrincipals.length > 0 ? restorePrincipals : [account]).map((principal) =>
      principal.startsWith('arn:') ? new ArnPrincipal(principal) : new AccountPrincipal(principal),
    );
    const role = new Role(this, 'Restore', {
      roleName,
      description: 'Reads backups of the vault, for a restore. Each use of it raises an alarm.',
      assumedBy: new CompositePrincipal(...people).withConditions({
        Bool: { 'aws:MultiFactorAuthPresent': 'true' },
        // CloudTrail reports the call where STS answers it, and the rule that raises the alarm is in this Region.
        StringEquals: { 'aws:RequestedRegion': region },
      }),
      maxSessionDuration: RESTORE_SESSION,
      inlinePolicies: roleName === undefined ? undefined : { read: documentOf(restoring(vault.place)) },
    });
    if (roleName === undefined) vault.grantRestore(role);
    return role;
  }

  #makeDrill(project: string): Role {
    const { vault, drillRoleName: roleName } = this.#props;
    const { account, partition, region } = placeOf(this);
    const permissions = [...restoring(vault.place), ...proving(vault.place)];
    const role = new Role(this, 'Drill', {
      roleName,
      description: 'Restores backups of the vault into throwaway servers, and writes the proofs.',
      assumedBy: new ServicePrincipal('codebuild.amazonaws.com').withConditions({
        StringEquals: { 'aws:SourceAccount': account },
        ArnLike: {
          'aws:SourceArn': `arn:${partition}:codebuild:${region}:${account}:project/${project}`,
        },
      }),
      inlinePolicies: roleName === undefined ? undefined : { prove: documentOf(permissions) },
    });
    if (roleName === undefined) {
      vault.grantRestore(role);
      vault.grantProve(role);
    }
    return role;
  }
}

function documentOf(permissions: readonly Permission[]): PolicyDocument {
  return new PolicyDocument({ statements: permissions.map(statementOf) });
}
