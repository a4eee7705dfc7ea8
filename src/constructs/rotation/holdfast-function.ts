/** A function of ours: bundled code, a role of its own with nothing but what is given, and a log that is kept. */
import path from 'node:path';
import type { Duration } from 'aws-cdk-lib';
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  Runtime,
  RuntimeFamily,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge, INLINE_POLICIES, reasonsFor, wildcards } from '../shared/acknowledge.js';
import { packageRoot } from '../../core/package-root.js';
import { networkStatements } from './rotation-access.js';

/** The network of what the function reaches. */
export interface FunctionNetwork {
  readonly vpc: IVpc;
  readonly vpcSubnets?: SubnetSelection | undefined;
  readonly securityGroups: readonly ISecurityGroup[];
}

export interface HoldfastFunctionProps {
  readonly functionName: string;
  readonly description: string;
  /** A folder of `dist/rotation`. */
  readonly bundle: 'rotate-postgres' | 'rotate-redis' | 'rotate-keys' | 'watch-rotations';
  readonly environment: Readonly<Record<string, string>>;
  readonly timeout: Duration;
  readonly statements: readonly PolicyStatement[];
  /** @default none: AWS's APIs are all it needs */
  readonly network?: FunctionNetwork | undefined;
  /** Of the log; it has to admit CloudWatch Logs. @default the log's own encryption */
  readonly logKey?: IKey | undefined;
  /** @default one year */
  readonly logRetention?: RetentionDays | undefined;
  /** Where the bundles lie. @default the package's dist/rotation */
  readonly bundles?: string | undefined;
}

export class HoldfastFunction extends Construct {
  readonly lambda: LambdaFunction;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: HoldfastFunctionProps) {
    super(scope, id);
    const { functionName, network } = props;
    const logGroup = new LogGroup(this, 'Log', {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: props.logRetention ?? RetentionDays.ONE_YEAR,
      encryptionKey: props.logKey,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new Role(this, 'Role', {
      description: `${props.description} (function ${functionName})`,
      assumedBy: new ServicePrincipal('lambda.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
      inlinePolicies: {
        function: new PolicyDocument({
          statements: [
            ...props.statements,
            new PolicyStatement({
              sid: 'WriteItsLog',
              actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
              // It ends in `:*`: the streams of the one group.
              resources: [logGroup.logGroupArn],
            }),
            new PolicyStatement({
              sid: 'SendTraces',
              actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
              resources: ['*'],
            }),
            ...(network ? networkStatements(this, functionName) : []),
          ],
        }),
      },
    });
    const bundles = props.bundles ?? path.join(packageRoot(), 'dist/rotation');
    this.lambda = new LambdaFunction(this, 'Function', {
      functionName,
      description: props.description,
      // By its name: the constant is not in the oldest CDK that we take.
      runtime: new Runtime('nodejs24.x', RuntimeFamily.NODEJS, { supportsInlineCode: true }),
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromAsset(path.join(bundles, props.bundle)),
      memorySize: 256,
      timeout: props.timeout,
      environment: props.environment,
      // By its ARN: the CDK would add to its policies, and say twice that it comes first.
      role: Role.fromRoleArn(this, 'RoleReference', this.role.roleArn, { mutable: false }),
      logGroup,
      tracing: Tracing.ACTIVE,
      ...(network && {
        vpc: network.vpc,
        vpcSubnets: network.vpcSubnets,
        securityGroups: [...network.securityGroups],
      }),
    });
    this.#answerCheckers(network !== undefined);
  }

  #answerCheckers(inVpc: boolean): void {
    acknowledge(this.role, {
      ...INLINE_POLICIES,
      ...wildcards(
        ['*'],
        inVpc
          ? "X-Ray's actions take no resource. Lambda requires those on network interfaces for all resources; the function's own code is denied them."
          : "X-Ray's actions take no resource.",
      ),
    });
    acknowledge(this.lambda, {
      'NIST.800.53.R5-LambdaConcurrency':
        "It runs a few times a month, or once a day; reserved concurrency would be taken from the account's other functions.",
      'NIST.800.53.R5-LambdaDLQ':
        'Each call finds out for itself what is left to do, and so does the next one; an alarm reports both.',
      ...(!inVpc &&
        reasonsFor(
          ['NIST.800.53.R5-LambdaInsideVPC', 'PCI.DSS.321-LambdaInsideVPC'],
          "It calls AWS's APIs alone, and nothing in a VPC.",
        )),
    });
  }
}
