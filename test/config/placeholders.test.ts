import { describe, expect, it } from 'vitest';
import { placeholdersIn, requireFilledIn } from '../../src/config/placeholders.js';

describe('placeholdersIn', () => {
  it.each([
    ['<SRC_ACCT>', /account that the databases are in/],
    ['<SOURCE_ACCOUNT_ID>', /account that the databases are in/],
    ['<BACKUP_ACCT_ID>', /number of the backup account/],
    ['<CMK_KEY_ID>', /id of the customer-managed KMS key/],
    ['db-1.cluster-xxx.us-east-1.rds.amazonaws.com', /real endpoint/],
    ['db-1.cluster-ro-yyy.us-east-1.rds.amazonaws.com', /real endpoint/],
    ['db-1.cluster-xxx...', /real endpoint/],
    ['<whatever>', /the real value/],
    ['CHANGE_ME', /the real value/],
  ])('says what to put for %s', (text, advice) => {
    const [found, ...others] = placeholdersIn(text);
    expect(others).toEqual([]);
    expect(found?.token).toBe(text);
    expect(found?.advice).toMatch(advice);
  });

  it.each([
    'db-1.cluster-c1xyz.us-east-1.rds.amazonaws.com',
    'todo',
    'xxx',
    'a<b',
    'a < b > c',
    's3://rds-backup-layer2-prod',
  ])('sees none in %s', (text) => expect(placeholdersIn(text)).toEqual([]));
});

describe('requireFilledIn', () => {
  it('names each placeholder once, wherever in the part it stands', () => {
    const part = { name: 'a', host: '<HOST>', list: ['<HOST>', { deep: '<CMK_ID>' }] };
    expect(() => requireFilledIn('database "a"', part)).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(/database "a".*\n {2}<HOST>: put .*\n {2}<CMK_ID>: put [^\n]*$/) as unknown,
      }),
    );
  });

  it('lets a filled-in part pass', () =>
    expect(requireFilledIn('x', { host: 'h', port: 1, url: undefined })).toBeUndefined());
});
