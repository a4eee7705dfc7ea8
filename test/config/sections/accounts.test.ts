import { describe, expect, it } from 'vitest';
import { loadObject, load } from '../config-files.js';

describe('the sections of the accounts', () => {
  it('have the documented defaults', async () => {
    const { config } = await loadObject({ backupAccount: {}, sourceAccount: { network: {} } });
    expect(config.backupAccount).toMatchObject({
      objectLock: { mode: 'GOVERNANCE', days: 35, bypassRoles: [] },
      lifecycle: { infrequentAccessAfterDays: 30, archiveAfterDays: 90, noncurrentDays: 35 },
      keyAdminRoles: [],
      logRetentionDays: 365,
    });
    expect(config.sourceAccount).toMatchObject({
      roles: 'per-database',
      build: { size: 'medium', timeoutMs: 8 * 3_600_000, postgresMajor: 18, image: 'install' },
      start: { retries: 3, maximumAgeMs: 3_600_000 },
      network: { subnetIds: [], endpoints: false },
    });
  });

  it('are absent where the file does not have them', async () => {
    const { config } = await loadObject({ environments: { prod: { vault: 's3://bucket' } } });
    expect([config.backupAccount, config.sourceAccount]).toEqual([undefined, undefined]);
  });

  it('of an environment are joined with the common ones, option by option', async () => {
    const text = `
backupAccount: { account: '444455556666', profile: common }
environments:
  prod: { backupAccount: { profile: prod } }
`;
    const { config } = await load('holdfast.yaml', text, 'prod');
    expect(config.backupAccount).toMatchObject({ account: '444455556666', profile: 'prod' });
  });

  it('take the time zone of a schedule from the entry, else from the top', async () => {
    const { config } = await loadObject({
      timeZone: 'Europe/Berlin',
      databases: [
        { host: 'h', dbName: 'a' },
        { host: 'h', dbName: 'b', timeZone: 'UTC' },
      ],
    });
    expect(config.databases.map(({ timeZone }) => timeZone)).toEqual(['Europe/Berlin', 'UTC']);
  });

  it.each([
    [{ backupAccount: { account: '1234' } }, /12-digit number/],
    [{ backupAccount: { keyAdminRoles: ['arn:aws:iam::1:user/x'] } }, /name of a role, or its ARN/],
    [{ backupAccount: { sources: [{ account: '111122223333', prefix: '/a/' }] } }, /single slashes between parts/],
    [{ backupAccount: { objectLock: { mode: 'COMPLIANT' } } }, /Did you mean COMPLIANCE\?/],
    [{ sourceAccount: { network: { vpcId: 'my-vpc' } } }, /for example vpc-/],
    [{ sourceAccount: { network: { createCidr: '10.0.0.0/28' } } }, /from \/16 to \/26/],
    [{ sourceAccount: { build: { timeout: '2d' } } }, /CodeBuild takes 5m to 36h/],
    [{ sourceAccount: { build: { image: 'postgres:18' } } }, /URI of an image in ECR/],
    [{ sourceAccount: { start: { maximumAge: '2d' } } }, /1m to 24h/],
    [{ timeZone: '+01:00' }, /IANA database/],
    [{ timeZone: 'Europe/Berln' }, /IANA database/],
  ])('refuse %j, and say what to write', async (config, message) => {
    await expect(loadObject(config)).rejects.toThrow(message);
  });
});
