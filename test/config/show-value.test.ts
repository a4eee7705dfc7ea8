import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { showValue, withoutCredentials } from '../../src/config/show-value.js';

describe('showValue', () => {
  it('shows scalars as JSON and names the rest by their kind', () => {
    expect(showValue('port', 70_000)).toBe('70000');
    expect(showValue('region', 'x\ny')).toBe('"x\\ny"');
    expect(showValue('host', null)).toBe('nothing (null)');
    expect(showValue('schemas', {})).toBe('a group of options');
    expect(showValue('host', ['a'])).toBe('a list');
  });

  it('cuts long values', () => expect(showValue('host', 'a'.repeat(500))).toHaveLength(103));

  it('does not show what may be the secret itself', () => {
    expect(showValue('secretArn', 'hunter2')).toBeUndefined();
    expect(showValue('iam', 'hunter2')).toBeUndefined();
    expect(showValue('passfile', 'hunter2')).toBeUndefined();
    expect(showValue('secretArn', 'arn:aws:ssm:x')).toBe('"arn:aws:ssm:x"');
    expect(showValue('iam', 'yes')).toBe('"yes"');
  });
});

describe('withoutCredentials', () => {
  it('leaves a URL without a password as it is', () => {
    const url = 'postgres://user@h:5432/db?sslmode=require';
    expect(withoutCredentials(url)).toBe(url);
  });

  it('takes what stands after an unknown scheme for a password', () => {
    expect(withoutCredentials('u://HUNTER2@h:5432')).toBe('u:***@h:5432');
  });

  it('never shows a password, whatever its characters, wherever it stands', () => {
    // A marker that cannot come from anything else; the rest of the password is arbitrary.
    const password = fc.tuple(fc.string(), fc.string()).map(([before, after]) => `${before}HUNTER2${after}`);
    const forms = fc.constantFrom<(pw: string) => string>(
      (pw) => `postgres://u:${pw}@h/db`,
      (pw) => `u:${pw}@h:5432`,
      (pw) => `postgres://h/db?password=${encodeURIComponent(pw)}`,
      (pw) => `postgres://u@h/db?a=b&%70assword=${encodeURIComponent(pw)}&c=d`,
      (pw) => `host=h password=${encodeURIComponent(pw)}`,
    );
    fc.assert(
      fc.property(password, forms, (pw, form) => {
        expect(withoutCredentials(form(pw))).not.toContain('HUNTER2');
      }),
      { numRuns: 500 },
    );
  });
});
