/** The bundled function, killed with SIGKILL at its writes: Secrets Manager has it take up the same rotation again. */
import { join } from 'node:path';
import { RotateSecretCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundleRotation } from '../../../scripts/build/rotation-bundle.mjs';
import { useEmulator } from '../../helpers/emulator.js';
import { runHoldfast } from '../../helpers/holdfast.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { startPasswordServer, type PasswordServer } from './password-server.js';
import { createFunction, rotationEnded, startFunctions } from './rotation-functions.js';
import { createSecret, readCurrent, secretsClient } from './secrets.js';

const PRELOAD = join(import.meta.dirname, '../../fixtures/rotation/die-at-write.mjs');

const emulator = useEmulator();
let server: PasswordServer;
let bundles: string;
let client: SecretsManagerClient;
beforeAll(async () => {
  server = await startPasswordServer();
  bundles = temporaryDirectory();
  await bundleRotation(join(import.meta.dirname, '../../..'), bundles);
  client = secretsClient(emulator);
});
afterAll(() => server?.stop());

/** Writes of a function, from its first question to the move of AWSCURRENT; `+`: right after it. */
const POINTS = ['3+', '12', '40+', '75', '110+', '150'];
const LIMIT_MS = 300_000;

it(
  '17: leaves what is current working wherever its process dies, and the next attempt ends well',
  async () => {
    const database = await server.createDatabase();
    await server.query(database, `SET ROLE rds_admin; CREATE ROLE killed_app LOGIN PASSWORD 'first'`);
    const masterarn = await createSecret(client, server.administrator);
    const settings = {
      'rotate-postgres': { kind: 'postgres' as const, users: ['killed_app'], hosts: [server.server.host] },
    };
    const fields = { ...server.secretFields(database), username: 'killed_app', password: 'first', masterarn };
    const secret = await createSecret(client, fields);
    const RotationLambdaARN = await createFunction(emulator, 'rotate-postgres');
    const RotationRules = { AutomaticallyAfterDays: 30 };
    const signIn = async () => {
      const { username, password } = (await readCurrent(client, secret)) as Record<string, string>;
      const session = new pg.Client({ ...server.server.connection(database, username), password });
      await session.connect();
      await session.end();
    };
    let died = 0;
    for (const at of POINTS) {
      await startFunctions(emulator, bundles, settings, { NODE_OPTIONS: `--import ${PRELOAD}`, DIE_AT: at });
      const { VersionId } = await client.send(
        new RotateSecretCommand({ SecretId: secret, RotationLambdaARN, RotationRules }),
      );
      if ((await rotationEnded(emulator, VersionId)) === 'failed') died += 1;
      await signIn();
      const said = await startFunctions(emulator, bundles, settings);
      const { code, stderr } = await runHoldfast(['rotate', secret], { env: emulator.env });
      expect(code, `killed at write ${at}: ${stderr} ${said()}`).toBe(0);
      await signIn();
    }
    expect(died).toBeGreaterThan(POINTS.length / 2);
  },
  LIMIT_MS,
);
