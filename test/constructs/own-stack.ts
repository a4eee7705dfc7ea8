/** A stack of somebody else's with the parts that our constructs ask for, and what stands in its template. */
import { App, Stack, type Environment } from 'aws-cdk-lib';
import { SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { temporaryDirectory } from '../helpers/temporary-directory.js';
import { templateOf } from './data-layer/data-layer-stacks.js';

export const ENV = { account: '111122223333', region: 'us-east-1' };

/** @param env `{}` for a stack whose account and Region are only known at deployment */
export function ownStack(env: Environment = ENV, id = 'Shop'): Stack {
  const app = new App({ outdir: temporaryDirectory(), analyticsReporting: false });
  return new Stack(app, id, { env });
}

export function ownVpc(stack: Stack, id = 'Vpc'): Vpc {
  return new Vpc(stack, id, {
    availabilityZones: ['us-east-1a', 'us-east-1b'],
    natGateways: 0,
    subnetConfiguration: [{ name: 'Data', subnetType: SubnetType.PRIVATE_ISOLATED }],
  });
}

export function ownRole(stack: Stack, id = 'Grantee'): Role {
  return new Role(stack, id, { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
}

export interface Statement {
  readonly Sid?: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** What the role of `ownRole` may do, by its policies. */
export function allowed(stack: Stack): readonly Statement[] {
  return Object.entries(templateOf(stack).Resources).flatMap(([id, { Type, Properties }]) =>
    Type === 'AWS::IAM::Policy' && id.startsWith('Grantee')
      ? (Properties as { PolicyDocument: { Statement: Statement[] } }).PolicyDocument.Statement
      : [],
  );
}

export function actionsOf(statements: readonly Statement[]): readonly string[] {
  return statements.flatMap(({ Action }) => Action);
}
