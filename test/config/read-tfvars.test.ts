import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { errorOf, load } from './config-files.js';

/** The example of the layer-2 module's documentation, byte for byte. */
const EXAMPLE = await readFile(new URL('fixtures/layer2.tfvars', import.meta.url), 'utf8');
const FILLED_IN = EXAMPLE.replace('# backup_schedule', 'backup_schedule')
  .replaceAll('<SRC_ACCT>', '111122223333')
  .replace('<BACKUP_ACCT_ID>', '444455556666')
  .replace('<CMK_ID>', '1234abcd-12ab-34cd-56ef-1234567890ab')
  .replace('cluster-xxx', 'cluster-c1a2b3')
  .replace('cluster-yyy', 'cluster-d4e5f6');

const tfvars = (text: string) => load('terraform.tfvars', text);
const database = (line: string) => `databases = [{ rds_endpoint = "h", db_name = "d"\n ${line} }]`;

describe('the example of the layer-2 module', () => {
  it('gives, as it stands, two databases on the default schedule', async () => {
    const { config } = await tfvars(EXAMPLE);
    expect(config).toMatchObject({
      environment: 'prod',
      region: 'us-east-1',
      vault: 's3://rds-backup-layer2-prod',
      schedule: 'cron(0 3 ? * SUN *)',
    });
    expect(config.databases.map(({ name, dbName, schedule }) => [name, dbName, schedule])).toEqual([
      ['appdb', 'appdb', 'cron(0 3 ? * SUN *)'],
      ['dw', 'dw', 'cron(0 3 ? * SUN *)'],
    ]);
  });

  it('gives, as it stands, one message for each placeholder: where it is and what to put there', async () => {
    const { warnings } = await tfvars(EXAMPLE);
    expect([...warnings].sort()).toEqual([
      expect.stringMatching(/^backup_account_kms_arn: <BACKUP_ACCT_ID> .*12-digit number of the backup account/),
      expect.stringMatching(/^backup_account_kms_arn: <CMK_ID> .*id of the customer-managed KMS key/),
      expect.stringMatching(/^databases\[0\]\.rds_endpoint: db-1\.cluster-xxx\.us-east-1.* real endpoint/),
      expect.stringMatching(
        /^databases\[0\]\.secret_arn, databases\[1\]\.secret_arn: <SRC_ACCT> .*account that the databases are in/,
      ),
      expect.stringMatching(/^databases\[1\]\.rds_endpoint: db-2\.cluster-yyy\.us-east-1.* real endpoint/),
    ]);
  });

  it('gives, filled in and with the override uncommented, one override and no message', async () => {
    const { config, warnings } = await tfvars(FILLED_IN);
    expect(warnings).toEqual([]);
    expect(config.kmsKeyArn).toBe('arn:aws:kms:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab');
    expect(config.databases).toMatchObject([
      {
        host: 'db-1.cluster-c1a2b3.us-east-1.rds.amazonaws.com',
        secretArn: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:appdb',
        schedule: 'cron(0 * * * ? *)',
      },
      { dbName: 'dw', schedule: config.schedule },
    ]);
  });
});

describe('a Terraform variable file', () => {
  it.each([
    ['region = "us-east-1"\n\ndatabases = [\n  {\n    db_name = \n  }\n]\n', /line 5, column \d+: Invalid expression/],
    ['a = 1\na = 2\n', /line 2, column 1: Attribute redefined/],
    ['a = 1\nb = "x\n', /line 2, column 7: Invalid multi-line string.*\n {2}line 2, column 7: Unterminated/],
  ])('that cannot be parsed is refused with the line: %j', async (text, message) => {
    const error = await errorOf(tfvars(text));
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toMatch(message);
  });

  it("takes every option in Terraform's spelling", async () => {
    const { config } = await tfvars(
      database(
        'compression_level = 3\n exclude_table_data = ["audit.*"]\n max_duration = "2h"\n lock_wait_timeout = "5s"',
      ),
    );
    expect(config.databases[0]).toMatchObject({
      compressionLevel: 3,
      excludeTableData: ['audit.*'],
      maxDurationMs: 7_200_000,
      lockWaitTimeoutMs: 5_000,
    });
  });

  it('takes numbers and truth values in quotes, as Terraform does', async () => {
    const { config } = await tfvars(`concurrency = "3"\n${database('port = "5433"\n user = "u"\n iam = "true"')}`);
    expect(config.concurrency).toBe(3);
    expect(config.databases[0]).toMatchObject({ port: 5433, iam: true });
  });

  it('takes an endpoint with its port, as aws_db_instance.endpoint is', async () => {
    const { config } = await tfvars('databases = [{ rds_endpoint = "db.example.com:5433", db_name = "d" }]');
    expect(config.databases[0]).toMatchObject({ host: 'db.example.com', port: 5433 });
  });

  it("names problems by the file's own keys", async () => {
    const error = await errorOf(
      tfvars(
        'target_bucket = "B"\ndatabases = [{ db_name = "a b" }, { rds_endpoint = "h", db_nam = "d", secret_arn = "x" }]',
      ),
    );
    expect(error.message).toMatch(/\n {2}target_bucket: received "s3:\/\/B"/);
    expect(error.message).toMatch(/\n {2}databases\[0\]: no server is given. Add rds_endpoint, or url\./);
    expect(error.message).toMatch(/\n {2}databases\[1\]\.db_nam: unknown option. Did you mean db_name\?/);
    expect(error.message).toMatch(/\n {2}databases\[1\]\.secret_arn: The value is not shown/);
  });

  it.each(['rds_endpont', 'backup_schedul', 'database'])(
    'refuses %s, which looks like an option and would be lost',
    async (key) => {
      const error = await errorOf(tfvars(`${key} = "x"\ndatabases = [{ ${key} = "x", db_name = "d" }]`));
      expect(error.message).toMatch(
        new RegExp(`databases\\[0\\]\\.${key}: unknown option\\.|${key}: unknown option\\. Did you mean`),
      );
    },
  );

  it("suggests the module's own names", async () => {
    const error = await errorOf(tfvars('databases = [{ rds_endpont = "x", db_name = "d" }]'));
    expect(error.message).toMatch(/rds_endpont: unknown option\. Did you mean rds_endpoint\?/);
  });

  it("passes over other modules' variables, and says so", async () => {
    const { warnings } = await tfvars('cost_center = "42"\ntags = { team = "data" }');
    expect([...warnings].sort()).toEqual([
      expect.stringMatching(/cost_center is not an option of Holdfast and is ignored/),
      expect.stringMatching(/tags is not an option/),
    ]);
  });

  // 18.C10
  it("takes the module's network, and names it by its variables", async () => {
    const NETWORK = 'vpc_id = "vpc-0a1b2c3d"\nsubnet_ids = ["subnet-0a1b2c3d"]\nsecurity_group_ids = ["sg-0a1b2c3d"]\n';
    const { config, warnings } = await tfvars(NETWORK);
    expect(warnings).toEqual([]);
    expect(config.sourceAccount?.network).toMatchObject({
      vpcId: 'vpc-0a1b2c3d',
      subnetIds: ['subnet-0a1b2c3d'],
      securityGroupIds: ['sg-0a1b2c3d'],
    });
    const none = await tfvars('vpc_id = ""\nsubnet_ids = []\nsecurity_group_ids = null');
    expect(none.config.sourceAccount).toBeUndefined();
    const error = await errorOf(tfvars(NETWORK.replace('vpc-0a1b2c3d', 'my network')));
    expect(error.message).toMatch(/\n {2}vpc_id: received "my network"/);
  });

  it('refuses a password even under a name that is no option', async () => {
    const error = await errorOf(tfvars('master_password = "HUNTER2"'));
    expect(error.message).toMatch(/master_password: Remove it/);
    expect(error.message).not.toContain('HUNTER2');
  });

  it('refuses an expression, which only Terraform could work out', async () => {
    const error = await errorOf(tfvars('region = var.region\ntarget_bucket = "b-${local.env}"'));
    expect(error.message).toMatch(/region: a variable file holds values only/);
    expect(error.message).toMatch(/target_bucket: a variable file holds values only/);
  });

  it('refuses an option that is given under two names', async () => {
    const error = await errorOf(tfvars('target_bucket = "abc"\nvault = "s3://def"'));
    expect(error.message).toMatch(/(vault|target_bucket) sets the same option again/);
  });

  it('is read as JSON too', async () => {
    const { config } = await load(
      'prod.tfvars.json',
      JSON.stringify({ target_bucket: 'abc', databases: [{ rds_endpoint: 'h', db_name: 'd' }] }),
    );
    expect(config).toMatchObject({ vault: 's3://abc', databases: [{ name: 'd', host: 'h' }] });
  });
});
