/** Secrets Manager, as far as a rotation needs it; its refusals as coded errors. */
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  ResourceNotFoundException,
  UpdateSecretVersionStageCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { HoldfastError, messageOf } from '../../core/errors.js';
import { CURRENT, PENDING, type VersionStages } from './version-state.js';

export interface DescribedSecret {
  readonly arn: string;
  readonly name: string;
  readonly stages: VersionStages;
  /** Whether a schedule or function is attached. */
  readonly rotationEnabled: boolean;
  readonly rotationLambdaArn: string | undefined;
  /** `rds` for a master user's secret that RDS manages. */
  readonly owningService: string | undefined;
  /** Of the schedule. */
  readonly rotateAfterDays: number | undefined;
  readonly lastRotatedAt: Date | undefined;
  readonly nextRotationAt: Date | undefined;
  readonly createdAt: Date | undefined;
  /** Of a secret that is replicated: where it can be changed. */
  readonly primaryRegion: string | undefined;
}

export interface SecretStore {
  describe(secretId: string): Promise<DescribedSecret>;
  /** When the current value was stored. The date from DescribeSecret changes with tags and settings too. */
  valueCreatedAt(secretId: string): Promise<Date | undefined>;
  /**
   * The text of a version, or `undefined` where it has none.
   *
   * @param which a label, a version, or a version that must also have the label
   */
  read(
    secretId: string,
    which: { readonly stage?: string | undefined; readonly version?: string | undefined },
  ): Promise<string | undefined>;
  /** Stores a value under AWSPENDING. A second call with the same token changes nothing. */
  putPending(secretId: string, token: string, text: string): Promise<void>;
  /** Moves or removes a label. */
  moveStage(
    secretId: string,
    stage: string,
    move: { readonly from?: string | undefined; readonly to?: string },
  ): Promise<void>;
}

/** All errors: HoldfastError ROTATION_DENIED, ROTATION_STORE_FAILED. */
export function createSecretStore(client: SecretsManagerClient, signal?: AbortSignal): SecretStore {
  const options = { abortSignal: signal };
  return {
    async describe(SecretId) {
      const answer = await client
        .send(new DescribeSecretCommand({ SecretId }), options)
        .catch((error: unknown) => fail(error, SecretId, 'Describing', 'secretsmanager:DescribeSecret'));
      return {
        arn: answer.ARN ?? SecretId,
        name: answer.Name ?? SecretId,
        stages: answer.VersionIdsToStages ?? {},
        rotationEnabled: answer.RotationEnabled ?? false,
        rotationLambdaArn: answer.RotationLambdaARN,
        owningService: answer.OwningService,
        rotateAfterDays: answer.RotationRules?.AutomaticallyAfterDays,
        lastRotatedAt: answer.LastRotatedDate,
        nextRotationAt: answer.NextRotationDate,
        createdAt: answer.CreatedDate,
        primaryRegion: answer.PrimaryRegion,
      };
    },
    async valueCreatedAt(SecretId) {
      let NextToken: string | undefined;
      do {
        const answer = await client
          .send(new ListSecretVersionIdsCommand({ SecretId, NextToken }), options)
          .catch((error: unknown) =>
            fail(error, SecretId, 'Listing the versions', 'secretsmanager:ListSecretVersionIds'),
          );
        const current = answer.Versions?.find(({ VersionStages = [] }) => VersionStages.includes(CURRENT));
        if (current) return current.CreatedDate;
        NextToken = answer.NextToken;
      } while (NextToken);
      return undefined;
    },
    async read(SecretId, { stage, version }) {
      try {
        const input = { SecretId, VersionStage: stage, VersionId: version };
        const answer = await client.send(new GetSecretValueCommand(input), options);
        return answer.SecretString ?? Buffer.from(answer.SecretBinary ?? []).toString('utf8');
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return undefined;
        return fail(
          error,
          SecretId,
          `Reading ${stage ?? `version ${version}`}`,
          'secretsmanager:GetSecretValue and kms:Decrypt',
        );
      }
    },
    async putPending(SecretId, token, text) {
      const input = { SecretId, ClientRequestToken: token, SecretString: text, VersionStages: [PENDING] };
      await client.send(new PutSecretValueCommand(input), options).catch((error: unknown) => {
        // Another invocation of the same step was faster; its value counts.
        if (error instanceof ResourceExistsException) return;
        fail(error, SecretId, 'Storing the new value', 'secretsmanager:PutSecretValue and kms:GenerateDataKey');
      });
    },
    async moveStage(SecretId, VersionStage, { from, to }) {
      const input = { SecretId, VersionStage, MoveToVersionId: to, RemoveFromVersionId: from };
      await client
        .send(new UpdateSecretVersionStageCommand(input), options)
        .catch((error: unknown) =>
          fail(error, SecretId, `Moving ${VersionStage}`, 'secretsmanager:UpdateSecretVersionStage'),
        );
    },
  };
}

const DENIED = new Set(['AccessDeniedException', 'AccessDenied', 'UnrecognizedClientException']);
/** The key is disabled, about to be deleted, or refuses this identity: Secrets Manager does not say which. */
const KEY_UNUSABLE = new Set(['DecryptionFailure', 'EncryptionFailure']);

function fail(error: unknown, secretId: string, doing: string, actions: string): never {
  if (error instanceof HoldfastError) throw error;
  const name = error instanceof Error ? error.name : '';
  const what = `${doing} of ${secretId} in Secrets Manager`;
  if (error instanceof ResourceNotFoundException) {
    throw new HoldfastError('ROTATION_STORE_FAILED', `${what}: there is no such secret.`, {
      hint: 'Give its name or its ARN, and check AWS_REGION and the account.',
    });
  }
  // Only name and message: the SDK's error carries the request, and that may hold the value.
  const cause = new Error(`${name}: ${messageOf(error)}`);
  if (KEY_UNUSABLE.has(name)) {
    throw new HoldfastError('ROTATION_DENIED', `${what} was refused: ${messageOf(error)}`, {
      cause,
      hint: `Check that the key of the secret is enabled and not about to be deleted, and that the identity has ${actions}.`,
    });
  }
  if (DENIED.has(name)) {
    throw new HoldfastError('ROTATION_DENIED', `${what} was refused: ${messageOf(error)}`, {
      cause,
      hint: `The identity needs ${actions} on this secret and its key.`,
    });
  }
  throw new HoldfastError('ROTATION_STORE_FAILED', `${what} failed: ${messageOf(error)} (${name}).`, { cause });
}
