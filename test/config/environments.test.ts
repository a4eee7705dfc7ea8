import { describe, expect, it } from 'vitest';
import { errorOf, loadObject, problemsOf } from './config-files.js';

const file = {
  region: 'us-east-1',
  concurrency: 4,
  defaults: { user: 'dumper', sslmode: 'require' },
  databases: [{ host: 'common', dbName: 'a' }],
  environments: {
    prod: {
      vault: 's3://prod-vault',
      region: 'eu-west-1',
      defaults: { sslmode: 'verify-full' },
      databases: [{ host: 'prod', dbName: 'b' }],
    },
    staging: { vault: 's3://staging-vault' },
  },
};

describe('several environments in one file', () => {
  it('says over the top level what the environment says, and joins defaults option by option', async () => {
    const { config } = await loadObject(file, 'prod');
    expect(config).toMatchObject({
      environment: 'prod',
      region: 'eu-west-1',
      concurrency: 4,
      vault: 's3://prod-vault',
    });
    expect(config.databases).toHaveLength(1);
    expect(config.databases[0]).toMatchObject({
      host: 'prod',
      user: 'dumper',
      sslmode: 'verify-full',
      region: 'eu-west-1',
    });
  });

  it('takes from the top level what the environment does not say', async () => {
    const { config } = await loadObject(file, 'staging');
    expect(config).toMatchObject({ environment: 'staging', region: 'us-east-1' });
    expect(config.databases[0]).toMatchObject({ host: 'common', sslmode: 'require' });
  });

  it('asks for a choice, listing them', async () => {
    const error = await errorOf(loadObject(file));
    expect(error.message).toMatch(/has several environments: prod, staging\.$/);
    expect(error.hint).toContain('--env');
  });

  it('suggests the nearest for an unknown one', async () => {
    const error = await errorOf(loadObject(file, 'stagign'));
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toMatch(/no environment "stagign"\. Did you mean "staging"\? It has: prod, staging\.$/);
  });

  it('needs no choice where there is only one', async () => {
    const { config } = await loadObject({ environments: { prod: { concurrency: 7 } } });
    expect(config).toMatchObject({ environment: 'prod', concurrency: 7 });
  });

  it('reports the problems of environments that were not chosen too', async () => {
    expect(
      await problemsOf({ environments: { prod: {}, staging: { vault: 'x', databases: [{ host: 'h' }] } } }),
    ).toEqual([
      expect.stringMatching(/^environments\.staging\.vault/),
      expect.stringMatching(/^environments\.staging\.databases\[0\]/),
    ]);
  });

  it('warns of the placeholders of the chosen one only', async () => {
    const environments = { prod: { vault: 's3://<BUCKET>' }, staging: { vault: 's3://<OTHER_BUCKET>' } };
    const { warnings } = await loadObject({ environments }, 'staging');
    expect(warnings).toEqual([
      expect.stringMatching(/^environments\.staging\.vault.*<OTHER_BUCKET>.*Put the name of the vault's bucket/),
    ]);
  });
});

describe('a file with one environment', () => {
  it('is chosen by its name', async () => {
    expect((await loadObject({ environment: 'prod' }, 'prod')).config.environment).toBe('prod');
  });

  it.each([
    [{ environment: 'prod' }, /no environment "staging"\. It has: prod\./],
    [{}, /no environment "staging"\. It names none\./],
  ])('refuses another one: %j', async (config, message) => {
    expect((await errorOf(loadObject(config, 'staging'))).message).toMatch(message);
  });

  it('refuses environment beside environments', async () => {
    expect(await problemsOf({ environment: 'prod', environments: { prod: {} } })).toEqual([
      'environment: the keys under environments are their names. Remove it.',
    ]);
  });
});
