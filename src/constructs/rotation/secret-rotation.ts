/** The rotation of one secret: its function, its schedule, and the alarm when it fails. */
import { Duration, Stack } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  Stats,
  TreatMissingData,
  type Metric,
  type MetricOptions,
} from 'aws-cdk-lib/aws-cloudwatch';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnRotationSchedule } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { HoldfastError } from '../../core/errors.js';
import type { RotationSettingsInput } from '../../rotation/settings.js';
import { acknowledge, wildcards } from '../shared/acknowledge.js';
import {
  functionNameOf,
  HoldfastFunction,
  type FunctionNetwork,
  type HoldfastFunctionProps,
} from './holdfast-function.js';
import { rotatedUsers } from './rotated-users.js';
import { rotationStatements, type RotationAccess } from './rotation-access.js';

export interface SecretRotationProps
  extends RotationAccess, Pick<HoldfastFunctionProps, 'functionName' | 'logKey' | 'logRetention' | 'bundles'> {
  /** How the secret is rotated: docs/reference/rotation.md. */
  readonly settings: RotationSettingsInput;
  /** Where database or cache can be reached. @default none, for keys */
  readonly network?: FunctionNetwork | undefined;
  /** Days between two rotations. @default 30 */
  readonly days?: number | undefined;
  /** Whether a first rotation begins with the deployment: it creates a user that does not exist yet. @default true */
  readonly rotateImmediately?: boolean | undefined;
}

export const ROTATION_DAYS = 30;

/** Name of the construct that lets Secrets Manager call the function. */
const PERMISSION = 'SecretsManager';

/** Redis waits for ElastiCache, and for clients to read again. A database answers at once. */
const TIMEOUTS = { postgres: 120, redis: 900, 'encryption-key': 30, 'api-keys': 120 } as const;

const BUNDLES = {
  postgres: 'rotate-postgres',
  redis: 'rotate-redis',
  'encryption-key': 'rotate-keys',
  'api-keys': 'rotate-keys',
} as const;

export class SecretRotation extends Construct {
  readonly function: HoldfastFunction;
  readonly schedule: CfnRotationSchedule;
  /** A step has failed. The current version works; Secrets Manager tries again. */
  readonly failed: Alarm;

  readonly #props: SecretRotationProps;

  constructor(scope: Construct, id: string, props: SecretRotationProps) {
    super(scope, id);
    this.#props = props;
    this.#requireServer();
    this.#requireOwnUsers();
    this.function = this.#makeFunction();
    this.schedule = this.#makeSchedule();
    this.failed = this.#makeAlarm();
  }

  /**
   * Steps that failed, per five minutes: Lambda's own metric, which counts the functions that time out or cannot start
   * as well.
   */
  metricFailed(options?: MetricOptions): Metric {
    return this.function.lambda.metricErrors({ period: Duration.minutes(5), statistic: Stats.SUM, ...options });
  }

  /** @throws HoldfastError CONFIG_INVALID: whoever may write the secret would choose where passwords are sent */
  #requireServer(): void {
    const missing = missingServer(this.#props.settings);
    if (missing === undefined) return;
    throw new HoldfastError(
      'CONFIG_INVALID',
      `The settings of the rotation ${this.node.path} name ${missing.names}, so that the secret alone would choose the server.`,
      { hint: missing.hint },
    );
  }

  /** @throws HoldfastError CONFIG_INVALID: of two secrets, each would replace the password that the other one has */
  #requireOwnUsers(): void {
    const users = new Set(rotatedUsers(this.#props.settings));
    for (const other of this.node.root.node.findAll()) {
      if (other === this || !(other instanceof SecretRotation)) continue;
      const shared = rotatedUsers(other.#props.settings).find((user) => users.has(user));
      if (shared === undefined) continue;
      throw new HoldfastError(
        'CONFIG_INVALID',
        `The rotations ${other.node.path} and ${this.node.path} are both for ${shared}.`,
        { hint: 'Give each secret a user of its own; an alternating rotation has two (users: [first, second]).' },
      );
    }
  }

  #makeFunction(): HoldfastFunction {
    const { settings, ...props } = this.#props;
    const functionName = functionNameOf(this, props.functionName);
    const rotate = new HoldfastFunction(this, 'Rotate', {
      functionName,
      // A reference to the secret's name would not be plain text.
      description: `Rotates a secret of the kind ${settings.kind}`,
      bundle: BUNDLES[settings.kind],
      environment: { HOLDFAST_ROTATION: Stack.of(this).toJsonString(settings) },
      timeout: Duration.seconds(TIMEOUTS[settings.kind]),
      statements: rotationStatements(this, functionName, props),
      network: props.network,
      logKey: props.logKey,
      logRetention: props.logRetention,
      bundles: props.bundles,
    });
    const reason =
      "AWS numbers the nodes of a group, and gives them the group's tags; this one may be added, and no other.";
    acknowledge(rotate.role, wildcards(props.elastiCache?.nodes ?? [], reason));
    return rotate;
  }

  #makeSchedule(): CfnRotationSchedule {
    const { secret, days = ROTATION_DAYS, rotateImmediately = true } = this.#props;
    const { lambda } = this.function;
    lambda.addPermission(PERMISSION, {
      principal: new ServicePrincipal('secretsmanager.amazonaws.com'),
      sourceAccount: Stack.of(this).account,
      sourceArn: secret.secretArn,
    });
    const schedule = new CfnRotationSchedule(this, 'Schedule', {
      secretId: secret.secretArn,
      rotationLambdaArn: lambda.functionArn,
      rotationRules: { automaticallyAfterDays: days },
      rotateImmediatelyOnUpdate: rotateImmediately,
    });
    // A rotation may begin with it.
    schedule.node.addDependency(lambda.node.findChild(PERMISSION));
    return schedule;
  }

  #makeAlarm(): Alarm {
    const { functionName } = this.function;
    return new Alarm(this, 'Failed', {
      alarmDescription: `A rotation by ${functionName} has failed. The current version works. The log is /aws/lambda/${functionName}.`,
      metric: this.metricFailed(),
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}

/** What would say where passwords are sent, if nothing does. */
function missingServer(settings: RotationSettingsInput): { readonly names: string; readonly hint: string } | undefined {
  if (settings.kind === 'postgres') {
    if (settings.hosts !== undefined || settings.administratorSecretArn !== undefined) return undefined;
    return {
      names: 'neither hosts nor administratorSecretArn',
      hint: "Name the database's writer endpoint in hosts.",
    };
  }
  if (settings.kind === 'redis') {
    if (settings.host !== undefined || settings.control.kind === 'acl') return undefined;
    return { names: 'no host', hint: "Name the cache's primary endpoint in host." };
  }
  return undefined;
}
