/** Backups with the password of a secret, into a bucket, by an identity that may put and read that one secret. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nextSecond } from '../../helpers/next-second.js';
import { backupDocument, showDocument } from '../../../src/cli/json/documents.js';
import { statusDocument } from '../../../src/cli/json/status-document.js';
import { useEmulator } from '../../helpers/emulator.js';
import { runHoldfast } from '../../helpers/holdfast.js';
import { startPasswordServer, type PasswordServer } from '../../helpers/password-server.js';
import type { TestDatabase } from '../../helpers/postgres.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { runFailing, runJson } from './run-json.js';
import { SHOP_SQL } from './shop.js';

const PASSWORD = 'pa55-w0rd:%/@';
const KEY_ARN = 'arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const WRITER = ['s3:PutObject', 's3:AbortMultipartUpload', 'secretsmanager:GetSecretValue'];

const emulator = useEmulator();
let postgres: PasswordServer;
let shop: TestDatabase;
let secrets: SecretsManagerClient;
beforeAll(async () => {
  postgres = await startPasswordServer();
  shop = await postgres.createDatabase(SHOP_SQL);
  await postgres.setPassword('dumper', PASSWORD);
  const { endpoint, credentials } = emulator.clientOptions as { endpoint: string; credentials: never };
  secrets = new SecretsManagerClient({ endpoint, region: 'us-east-1', credentials });
});
afterAll(async () => {
  secrets?.destroy();
  await postgres?.stop();
});

/** @returns its ARN without the suffix, as people copy it */
async function createSecret(name: string, value: object): Promise<string> {
  const { ARN = '' } = await secrets.send(new CreateSecretCommand({ Name: name, SecretString: JSON.stringify(value) }));
  return ARN.slice(0, -7);
}

/** The shape of RDS: user and password. */
const rdsShape = () => ({ username: 'dumper', password: PASSWORD });
const fullShape = () => ({
  engine: 'postgres',
  ...rdsShape(),
  host: postgres.host,
  port: postgres.port,
  dbname: shop.name,
});

async function configFor(
  bucket: string,
  secretArn: string,
  { database = shop, volume = '{}' }: { readonly database?: TestDatabase; readonly volume?: string } = {},
): Promise<string> {
  const directory = temporaryDirectory();
  const text = `vault: s3://${bucket}
region: us-east-1
kmsKeyArn: ${KEY_ARN}
volume: ${volume}
databases:
  - {name: shop, dbName: ${database.name}, host: ${postgres.host}, port: ${postgres.port}, secretArn: '${secretArn}'}
`;
  await writeFile(join(directory, 'holdfast.yaml'), text);
  return directory;
}

describe('a backup by an identity that may put objects and read its secret, and nothing else', () => {
  it('is encrypted with the key, as the AWS CLI sees it, restores, and could not be compared with the one before', async () => {
    const bucket = await emulator.createBucket({ versioned: true });
    const cwd = await configFor(bucket, await createSecret('rds-shape', rdsShape()));
    const { accessKeyId, secretAccessKey } = await emulator.createUser(WRITER);
    const env = { ...emulator.env, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };

    await runJson(backupDocument, ['backup', 'shop'], { cwd, env: emulator.env });
    // Keys have seconds, and who may not read cannot see that one is taken: the second of two is refused, not written.
    await nextSecond();
    const { backups } = await emulator.enforcing(() => runJson(backupDocument, ['backup', 'shop'], { cwd, env }));
    const [backup] = backups;
    expect(backup).toMatchObject({ database: 'shop', rows: 3250, tables: 3, objects: 5, warnings: [] });
    expect(backup?.volume).toEqual({
      comparedWith: null,
      reason: expect.stringContaining('s3://') as string,
    });

    const key = backup?.key ?? '';
    expect(key).toMatch(/^layer2\/shop\/\d{4}\/\d\d\/\d\d\/shop_\d{8}T\d{6}Z\.sql\.gz$/);
    const folder = key.slice(0, key.lastIndexOf('/') + 1);
    const listed = await emulator.aws('s3', 'ls', `s3://${bucket}/${folder}`);
    for (const suffix of ['.sql.gz', '.globals.sql.gz', '.entries.jsonl.gz', '.segments.jsonl.gz', '.manifest.json']) {
      const name = key.slice(folder.length).replace('.sql.gz', suffix);
      expect(listed).toContain(` ${name}\n`);
      const head = JSON.parse(
        await emulator.aws('s3api', 'head-object', '--bucket', bucket, '--key', folder + name),
      ) as Record<string, unknown>;
      expect(head).toMatchObject({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: KEY_ARN });
    }
    const check = await runHoldfast(['check', 'shop'], { cwd, env: emulator.env });
    expect(check.code, check.stderr).toBe(0);
  });

  it('fails before it stores anything where it may not read the secret', async () => {
    const bucket = await emulator.createBucket();
    const cwd = await configFor(bucket, await createSecret('not-for-you', rdsShape()));
    const { accessKeyId, secretAccessKey } = await emulator.createUser(WRITER.slice(0, 2));
    const env = { ...emulator.env, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
    await emulator.enforcing(async () => {
      const { code, hint } = await runFailing(['backup', 'shop'], { cwd, env });
      expect(code).toBe('SECRET_DENIED');
      expect(hint).toContain('secretsmanager:GetSecretValue');
    });
    expect(await emulator.aws('s3api', 'list-objects-v2', '--bucket', bucket)).not.toContain('Key');
  });

  it('that holds far less than the one before is found out by who may read', async () => {
    const bucket = await emulator.createBucket();
    const shrinking = await postgres.createDatabase('CREATE TABLE t AS SELECT 1; CREATE TABLE u AS SELECT 2');
    const arn = await createSecret('shrinking', rdsShape());
    const cwd = await configFor(bucket, arn, { database: shrinking, volume: '{onDrop: fail}' });
    const { accessKeyId, secretAccessKey } = await emulator.createUser(WRITER);
    const writer = { ...emulator.env, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
    const backUp = () => emulator.enforcing(() => runJson(backupDocument, ['backup', 'shop'], { cwd, env: writer }));
    await backUp();
    await shrinking.query('DROP TABLE u');
    await nextSecond();
    expect((await backUp()).backups[0]?.volume).toMatchObject({ comparedWith: null });
    const { databases } = await runJson(statusDocument, ['status'], { cwd, env: emulator.env, exitCode: 3 });
    expect(databases[0]).toMatchObject({ database: 'shop', state: 'broken', notCompared: null });
    expect(databases[0]?.drops).toEqual(['A table of the previous backup is gone: public.u (1 row).']);

    // Whoever may read as well is told at once, with the exit status that the config asks for; the backup is stored.
    await shrinking.query('CREATE TABLE v AS SELECT 3; DROP TABLE t');
    const { backups } = await runJson(backupDocument, ['backup', 'shop'], { cwd, env: emulator.env, exitCode: 3 });
    expect(backups[0]?.warnings).toEqual(['A table of the previous backup is gone: public.t (1 row).']);
    const { backup: shown } = await runJson(showDocument, ['show', 'shop'], { cwd, env: emulator.env });
    expect(shown.manifest.volume).toEqual(backups[0]?.volume);
  });
});

describe('--secret', () => {
  it('goes with a URL that says host and database, and with none where the secret says all', async () => {
    const bucket = await emulator.createBucket();
    const vault = `s3://${bucket}`;
    const url = `postgres://${postgres.host}:${postgres.port}/${shop.name}`;
    const rds = await createSecret('url-and-rds-shape', rdsShape());
    const one = await runJson(
      backupDocument,
      ['backup', '--url', url, '--secret', rds, '--name', 'one', '--vault', vault],
      {
        env: emulator.env,
      },
    );
    expect(one.backups[0]).toMatchObject({ database: 'one', rows: 3250 });
    const full = await createSecret('full-shape', fullShape());
    const two = await runJson(backupDocument, ['backup', '--secret', full, '--vault', vault], { env: emulator.env });
    expect(two.backups[0]).toMatchObject({ database: shop.name, rows: 3250 });
  });

  it('wins over the login of the config and PGPASSWORD', async () => {
    const cwd = await configFor(await emulator.createBucket(), await createSecret('wrong', { password: 'wrong' }));
    const args = ['backup', 'shop', '--dry-run', '--secret', await createSecret('right', rdsShape())];
    const { code, stderr } = await runHoldfast(args, { cwd, env: { ...emulator.env, PGPASSWORD: 'wrong too' } });
    expect(code, stderr).toBe(0);
  });

  it('is not repeated where it is no ARN, as it may be the secret itself', async () => {
    const args = ['backup', '--url', 'postgres://h/d', '--secret', PASSWORD, '--vault', 'file:///nowhere'];
    const { code, hint, result } = await runFailing(args, { env: emulator.env });
    expect(code).toBe('USAGE');
    expect(hint).toContain('arn:aws:secretsmanager:');
    expect(result.stdout + result.stderr).not.toContain(PASSWORD);
  });

  it('excludes the other ways to log in', async () => {
    const { code, message } = await runFailing(['backup', 'x', '--secret', 'arn:aws:x', '--iam'], {
      env: emulator.env,
    });
    expect(code).toBe('USAGE');
    expect(message).toMatch(/--secret.*cannot be used with.*--iam/);
  });
});

describe('the value of a secret', () => {
  it('appears nowhere in what is printed or stored', async () => {
    const bucket = await emulator.createBucket();
    const arn = await createSecret('silent', fullShape());
    const vault = `s3://${bucket}`;
    const good = await runHoldfast(['backup', '--secret', arn, '--vault', vault, '--verbose'], { env: emulator.env });
    expect(good.code, good.stderr).toBe(0);
    await secrets.send(
      new PutSecretValueCommand({
        SecretId: arn,
        SecretString: JSON.stringify({ ...fullShape(), password: `${PASSWORD}x` }),
      }),
    );
    const bad = await runHoldfast(['backup', '--secret', arn, '--vault', vault, '--verbose'], { env: emulator.env });
    expect(bad.code).toBe(1);
    expect(bad.stderr.replace(/\s+/g, ' ')).toContain('read again after the refusal');
    const folder = temporaryDirectory();
    await emulator.aws('s3', 'cp', '--recursive', `s3://${bucket}`, folder);
    let stored = '';
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const bytes = await readFile(join(entry.parentPath, entry.name));
      stored += (entry.name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
    }
    expect(stored).toContain('holdfast.manifest');
    expect(good.stdout + good.stderr + bad.stdout + bad.stderr + stored).not.toContain(PASSWORD);
  });
});
