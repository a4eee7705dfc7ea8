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
import { Construct, type IConstruct } from 'constructs';
import { acknowledge, INLINE_POLICIES, reasonsFor, wildcards } from '../shared/acknowledge.js';
import { packageRoot } from '../../core/package-root.js';
import { generatedName } from '../shared/place.js';
import { networkStatements } from './rotation-access.js';

/** The network of what the function reaches. */
export interface FunctionNetwork {
  readonly vpc: IVpc;
  readonly vpcSubnets?: SubnetSelection | undefined;
  readonly securityGroups: readonly ISecurityGroup[];
}

export interface HoldfastFunctionProps {
  /** The role and the log are named after it before it exists. @default the CDK's: the construct's path with a digest */
  readonly functionName?: string | undefined;
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

/** Lambda's limit. */
const LONGEST_NAME = 64;

/** A function's name, where it is needed before there is a function. */
export function functionNameOf(scope: IConstruct, given: string | undefined): string {
  return given ?? generatedName(scope, LONGEST_NAME);
}

export class HoldfastFunction extends Construct {
  readonly functionName: string;
  readonly lambda: LambdaFunction;
  readonly role: Role;
  readonly logGroup: LogGroup;
  readonly #props: HoldfastFunctionProps;

  constructor(scope: Construct, id: string, props: HoldfastFunctionProps) {
    super(scope, id);
    this.#props = props;
    this.functionName = functionNameOf(this, props.functionName);
    this.logGroup = this.#makeLog();
    this.role = this.#makeRole();
    this.lambda = this.#makeFunction();
    this.#answerCheckers(props.network !== undefined);
  }

  #makeLog(): LogGroup {
    return new LogGroup(this, 'Log', {
      logGroupName: `/aws/lambda/${this.functionName}`,
      retention: this.#props.logRetention ?? RetentionDays.ONE_YEAR,
      encryptionKey: this.#props.logKey,
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }

  #makeRole(): Role {
    const { description, network, statements } = this.#props;
    return new Role(this, 'Role', {
      description: `${description} (function ${this.functionName})`,
      assumedBy: new ServicePrincipal('lambda.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
      inlinePolicies: {
        function: new PolicyDocument({
          statements: [
            ...statements,
            new PolicyStatement({
              sid: 'WriteItsLog',
              actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
              // It ends in `:*`: the streams of the one group.
              resources: [this.logGroup.logGroupArn],
            }),
            new PolicyStatement({
              sid: 'SendTraces',
              actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
              resources: ['*'],
            }),
            ...(network ? networkStatements(this, this.functionName) : []),
          ],
        }),
      },
    });
  }

  #makeFunction(): LambdaFunction {
    const { bundles = path.join(packageRoot(), 'dist/rotation'), network, ...props } = this.#props;
    return new LambdaFunction(this, 'Function', {
      functionName: this.functionName,
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
      logGroup: this.logGroup,
      tracing: Tracing.ACTIVE,
      ...(network && {
        vpc: network.vpc,
        vpcSubnets: network.vpcSubnets,
        securityGroups: [...network.securityGroups],
      }),
    });
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
