import { describe, expect, it } from 'vitest';
import { HoldfastError } from '../../../src/core/errors.js';
import { Secret } from '../../../src/core/secret.js';
import { parseDatabaseSecret } from '../../../src/postgres/secrets-manager/database-secret.js';
import { withSecret } from '../../../src/postgres/secrets-manager/secret-access.js';
import { isSameSecret, looksComplete, nameOfSecret, regionOfSecret } from '../../../src/syntax/secret-arn.js';

const ARN = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:team/appdb-AbC123';

const parse = (text: string) => parseDatabaseSecret({ arn: ARN, text: new Secret(text) });

function failureOf(text: string): HoldfastError {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof HoldfastError) return error;
  }
  throw new Error('It was taken.');
}

describe('a secret', () => {
  it('of RDS has user and password alone', () => {
    const { password, ...rest } = parse('{"username":"app","password":"p\'w\\"d"}');
    expect(password.reveal()).toBe(`p'w"d`);
    expect(rest).toEqual({ arn: ARN, user: 'app', host: undefined, port: undefined, database: undefined });
  });

  it.each([5433, '5433'])('may say everything, with the port as %j', (port) => {
    const full = { engine: 'postgres', host: 'h', username: 'app', password: 'p', dbname: 'd', port, masterarn: 'x' };
    expect(parse(JSON.stringify(full))).toMatchObject({ user: 'app', host: 'h', port: '5433', database: 'd' });
  });

  it('may leave fields empty that a template has', () => {
    expect(parse('{"password":"p","host":"","port":null,"dbname":""}')).toMatchObject({
      host: undefined,
      port: undefined,
    });
  });

  it.each([
    ['hunter2-is-the-password', 'its value is not JSON'],
    ['{"password":"hunter2"', 'its value is not JSON'],
    ['"hunter2"', 'not a JSON object'],
    ['["hunter2"]', 'not a JSON object'],
    ['{"username":"app"}', 'it has no password'],
    ['{"password":""}', 'it has no password'],
    ['{"password":{"a":"hunter2"}}', 'password in it has an unusable form'],
    ['{"password":"hunter2","port":99999,"host":7}', 'host and port in it have an unusable form'],
    ['{"password":"hunter2","engine":"mysql"}', 'its engine is not PostgreSQL'],
  ])('%s is refused without a word of it in message, hint or cause', (text, fault) => {
    const error = failureOf(text);
    expect(error.code).toBe('SECRET_INVALID');
    expect(error.message).toContain(fault);
    expect(error.message).toContain(ARN);
    expect(`${error.message}${error.hint}${String(error.stack)}${JSON.stringify(error)}`).not.toContain('hunter2');
    expect(error.cause).toBeUndefined();
  });

  it('prints redacted', () => expect(JSON.stringify(parse('{"password":"hunter2"}'))).not.toContain('hunter2'));
});

describe('what a connection is made of', () => {
  const secret = parse('{"username":"app","password":"p","host":"h","port":5433,"dbname":"d"}');

  it('is the secret where nothing else is said, and else what is said', () => {
    expect(withSecret({ parameters: {} }, secret, {})).toMatchObject({
      host: 'h',
      port: '5433',
      user: 'app',
      database: 'd',
    });
    const said = { host: 'x', port: '1', user: 'y', database: 'z', parameters: { sslmode: 'require' } };
    expect(withSecret(said, secret, {})).toEqual(said);
  });

  it('needs a host from somewhere, rather than the local socket', () => {
    const bare = parse('{"username":"app","password":"p"}');
    expect(() => withSecret({ parameters: {} }, bare, {})).toThrow(/neither it nor the config or the URL names a host/);
    expect(withSecret({ parameters: {} }, bare, { PGHOST: 'h' })).toMatchObject({ user: 'app' });
  });
});

describe('the ARN of a secret', () => {
  it('says region and name', () => {
    expect(regionOfSecret(ARN)).toBe('eu-west-1');
    expect(nameOfSecret(ARN)).toBe('team/appdb-AbC123');
  });

  it('looks complete with six characters behind a hyphen', () => {
    expect(looksComplete(ARN)).toBe(true);
    expect(looksComplete(ARN.slice(0, -7))).toBe(false);
  });

  it('without its suffix is that of the same secret, and of no other that begins alike', () => {
    expect(isSameSecret(ARN, ARN)).toBe(true);
    expect(isSameSecret(ARN.slice(0, -7), ARN)).toBe(true);
    expect(isSameSecret(ARN.slice(0, -7), `${ARN}-XyZ789`)).toBe(false);
    expect(isSameSecret(ARN.slice(0, -8), ARN)).toBe(false);
  });
});
