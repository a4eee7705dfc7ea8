/** What Secrets Manager says of a value's age, in the emulator. */
import {
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  TagResourceCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { expect, it } from 'vitest';
import { createSecretStore } from '../../../src/rotation/protocol/secret-store.js';
import { nextSecond } from '../../helpers/next-second.js';
import { useEmulator } from '../../helpers/emulator.js';
import { createSecret, secretsClient } from './secrets.js';

const emulator = useEmulator();

it('takes the date of the current value: tags do not make it younger, and going back makes it older', async () => {
  const client = secretsClient(emulator);
  const store = createSecretStore(client);
  const SecretId = await createSecret(client, { stripe: 'sk_live_first' });
  const first = (await store.describe(SecretId)).stages;
  // Dates are in whole seconds.
  await nextSecond();
  const put = new PutSecretValueCommand({ SecretId, SecretString: '{"stripe":"sk_live_second"}' });
  const { VersionId } = await client.send(put);
  await nextSecond();
  await client.send(new TagResourceCommand({ SecretId, Tags: [{ Key: 'team', Value: 'payments' }] }));
  const { Versions = [] } = await client.send(new ListSecretVersionIdsCommand({ SecretId }));
  const createdAt = (id: string | undefined) => Versions.find((each) => each.VersionId === id)?.CreatedDate;
  expect(createdAt(VersionId)).toBeInstanceOf(Date);
  expect(await store.valueCreatedAt(SecretId)).toEqual(createdAt(VersionId));

  const [before] = Object.keys(first);
  expect(createdAt(before)?.getTime()).toBeLessThan(createdAt(VersionId)?.getTime() ?? 0);
  const back = { SecretId, VersionStage: 'AWSCURRENT', MoveToVersionId: before, RemoveFromVersionId: VersionId };
  await client.send(new UpdateSecretVersionStageCommand(back));
  expect(await store.valueCreatedAt(SecretId)).toEqual(createdAt(before));
});
