/** Secrets of another account: rotated there, by the role that the config names. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { expect, it } from 'vitest';
import { useEmulator } from '../../helpers/emulator.js';
import { runHoldfast } from '../../helpers/holdfast.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { administrator, BACKUP_ACCOUNT, configOf, REGION, SOURCE_ACCOUNT } from '../aws/accounts.js';
import { readCurrent } from './secrets.js';

const emulator = useEmulator();

/** A client with the credentials of an account, and a secret in it. */
async function keyIn(account: string): Promise<{ readonly client: SecretsManagerClient; readonly arn: string }> {
  const env = await administrator(emulator, account);
  const credentials = {
    accessKeyId: env.AWS_ACCESS_KEY_ID ?? '',
    secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '',
    sessionToken: env.AWS_SESSION_TOKEN,
  };
  const client = new SecretsManagerClient({ endpoint: env.AWS_ENDPOINT_URL, region: REGION, credentials });
  const SecretString = JSON.stringify({ key: Buffer.alloc(32, 7).toString('base64') });
  const { ARN: arn = '' } = await client.send(new CreateSecretCommand({ Name: 'shared/field-key', SecretString }));
  return { client, arn };
}

it('17: rotates the secret of the account that its ARN names, and none of that name in another', async () => {
  const [there, here] = [await keyIn(SOURCE_ACCOUNT), await keyIn(BACKUP_ACCOUNT)];
  const directory = temporaryDirectory();
  const [config, settings] = [join(directory, 'holdfast.yaml'), join(directory, 'settings.json')];
  writeFileSync(config, configOf(['name: shop', 'url: postgres://shop@db.example.com/shop']));
  writeFileSync(settings, '{"kind":"encryption-key"}');
  const args = ['rotate', there.arn, '--settings', settings, '--config', config, '--json'];
  const { code, stderr, stdout } = await runHoldfast(args, { env: emulator.env });
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ rotation: { arn: there.arn, by: 'here' } });
  expect((await readCurrent(there.client, there.arn)).keys).toHaveLength(2);
  expect(await readCurrent(here.client, here.arn)).not.toHaveProperty('keys');
});
