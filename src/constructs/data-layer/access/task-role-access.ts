/** Runbook 6.2: what the application's tasks may do, and that nobody else may by this policy. */
import { ArnFormat, Stack } from 'aws-cdk-lib';
import {
  CfnRolePolicy,
  PolicyDocument,
  PolicyStatement,
  Role,
  ServicePrincipal,
  type IRole,
} from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { dataLayerNames, RUNBOOK_NAMES, type DataLayerNames } from '../../../policies/data-layer-names.js';

export interface TaskRoleAccessProps {
  /** The secrets that the tasks read: these, and no other. */
  readonly secrets: readonly ISecret[];
  readonly encryptionKey: IKey;
  /** Name of the role. @default 'FinTech-ECS-TaskRole' */
  readonly roleName?: string;
  /** Whether the role already exists; otherwise it is created. @default false */
  readonly existing?: boolean;
  /** @default the runbook's */
  readonly names?: DataLayerNames;
}

/**
 * Lets a role read secrets. The policy is inline: it belongs to this role, and nobody can attach it to another.
 *
 * Secrets that ECS injects into containers (`secrets:` of a task definition) are read by the *execution* role instead:
 * grant it those with `secret.grantRead(executionRole)`.
 */
export class TaskRoleAccess extends Construct {
  readonly role: IRole;
  readonly policy: CfnRolePolicy;

  constructor(scope: Construct, id: string, props: TaskRoleAccessProps) {
    super(scope, id);
    const names = props.names ?? dataLayerNames(RUNBOOK_NAMES);
    const roleName = props.roleName ?? names.taskRole;
    this.role = props.existing ? Role.fromRoleName(this, 'Role', roleName) : this.#makeRole(roleName);
    this.policy = new CfnRolePolicy(this, 'Policy', {
      policyName: names.taskPolicy,
      roleName: this.role.roleName,
      policyDocument: this.#document(props),
    });
  }

  #makeRole(roleName: string): Role {
    const stack = Stack.of(this);
    const tasks = stack.formatArn({ service: 'ecs', resource: '*', arnFormat: ArnFormat.NO_RESOURCE_NAME });
    return new Role(this, 'Role', {
      roleName,
      description: 'Tasks of the application',
      assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': stack.account },
          ArnLike: { 'aws:SourceArn': tasks },
        },
      }),
    });
  }

  #document({ secrets, encryptionKey }: TaskRoleAccessProps): PolicyDocument {
    const arns = secrets.map((secret) => secret.secretFullArn ?? secret.secretArn);
    return new PolicyDocument({
      statements: [
        new PolicyStatement({ sid: 'ReadSecrets', actions: ['secretsmanager:GetSecretValue'], resources: arns }),
        new PolicyStatement({
          sid: 'DecryptSecrets',
          actions: ['kms:Decrypt'],
          resources: [encryptionKey.keyArn],
          conditions: {
            StringEquals: {
              'kms:ViaService': `secretsmanager.${Stack.of(this).region}.amazonaws.com`,
              'kms:EncryptionContext:SecretARN': arns,
            },
          },
        }),
      ],
    });
  }
}
