/**
 * The default issuer: a person. What they supply is stored in a version of the secret with a staging label of its own.
 * The next rotation takes it from there, so that supplying and switching over are separate steps.
 */
import { randomUUID } from 'node:crypto';
import { PutSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { HoldfastError } from '../../core/errors.js';
import type { Secret } from '../../core/secret.js';
import type { SecretStore } from '../protocol/secret-store.js';
import { CURRENT, versionWith } from '../protocol/version-state.js';
import { parseApiKeys, printApiKeys } from './api-key-secret.js';
import type { ApiKeyIssuer, ApiKeys } from './api-key-issuer.js';

/** The label of what was supplied. */
export const SUPPLIED = 'HOLDFAST_SUPPLIED';
/** The label of what was current then: a key that was edited after that is newer than what was supplied for it. */
const SUPPLIED_FOR = 'HOLDFAST_SUPPLIED_FOR';

export function manualSupply(store: SecretStore, secretId: string): ApiKeyIssuer {
  return {
    name: 'manual supply',
    async issue(current) {
      const text = await store.read(secretId, { stage: SUPPLIED });
      if (text === undefined) throw missing(secretId, 'no new value was supplied');
      const supplied = parseApiKeys(text);
      if (printApiKeys({ ...current, ...supplied }) === printApiKeys(current)) {
        throw missing(secretId, 'what was supplied is what it already holds');
      }
      const before = await store.read(secretId, { stage: SUPPLIED_FOR });
      const edited = before === undefined ? [] : editedSince(parseApiKeys(before), current, supplied);
      if (edited.length > 0) {
        throw new HoldfastError(
          'ROTATION_REFUSED',
          `Rotating ${secretId}: ${edited.join(', ')} changed in the current version after it was supplied for the next one.`,
          { hint: `Supply again what is to be used: holdfast rotate ${secretId} --supply < keys.json` },
        );
      }
      // Keys that were not supplied stay.
      return { ...current, ...supplied };
    },
  };
}

/** The names of keys for which both the current value and what was supplied are new. */
function editedSince(before: ApiKeys, current: ApiKeys, supplied: ApiKeys): string[] {
  return Object.keys(supplied).filter((name) => {
    const [then, now, next] = [before, current, supplied].map((keys) => keys[name]?.reveal());
    return now !== then && now !== next;
  });
}

/**
 * Stores keys for the next rotation. Nobody reads them before it.
 *
 * @param text JSON, as the secret has it: `{"stripe": "…"}`
 * @throws HoldfastError ROTATION_SECRET_INVALID
 */
export async function supplyApiKeys(
  client: SecretsManagerClient,
  store: SecretStore,
  secretId: string,
  text: Secret,
): Promise<string[]> {
  const keys = parseApiKeys(text.reveal());
  const { stages } = await store.describe(secretId);
  const [current, before] = [versionWith(stages, CURRENT), versionWith(stages, SUPPLIED_FOR)];
  if (current !== undefined && current !== before)
    await store.moveStage(secretId, SUPPLIED_FOR, { from: before, to: current });
  await client.send(
    new PutSecretValueCommand({
      SecretId: secretId,
      ClientRequestToken: randomUUID(),
      SecretString: printApiKeys(keys),
      VersionStages: [SUPPLIED],
    }),
  );
  return Object.keys(keys);
}

function missing(secretId: string, reason: string): HoldfastError {
  return new HoldfastError('ROTATION_VALUE_MISSING', `Rotating ${secretId}: ${reason}.`, {
    hint: `Create new keys at the service that they are for, and supply them as JSON: holdfast rotate ${secretId} --supply < keys.json`,
  });
}
