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
import { generatedName } from '../../shared/place.js';

export interface TaskRoleAccessProps {
  /** The secrets that the tasks read: these, and no other. */
  readonly secrets: readonly ISecret[];
  readonly encryptionKey: IKey;
  /** A role that exists. @default one is made for tasks on ECS */
  readonly role?: IRole;
  /** Name of the role that is made. @default CloudFormation's */
  readonly roleName?: string;
  /** Name of the inline policy: each of a role needs its own. @default the CDK's: the construct's path with a digest */
  readonly policyName?: string;
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
    this.role = props.role ?? this.#makeRole(props.roleName);
    this.policy = new CfnRolePolicy(this, 'Policy', {
      policyName: props.policyName ?? generatedName(this, 128),
      roleName: this.role.roleName,
      policyDocument: this.#document(props),
    });
  }

  #makeRole(roleName: string | undefined): Role {
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
