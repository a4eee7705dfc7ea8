/**
 * What a libpq connection URL says, as far as the config needs to know it: enough to see a password, a setting that
 * is given twice, and the database's name. Follows libpq's conninfo_uri_parse, which takes more than Node's `URL`.
 */

export interface ConnectionUrl {
  readonly host?: string;
  readonly port?: string;
  readonly user?: string;
  readonly dbName?: string;
  readonly sslmode?: string;
  readonly sslrootcert?: string;
  readonly passfile?: string;
  /** Whether a password stands in it, in either place that libpq reads. */
  readonly hasPassword: boolean;
}

/** The parts of a URL, or `undefined` when libpq could not read it. */
export function readConnectionUrl(url: string): ConnectionUrl | undefined {
  const match = /^postgres(?:ql)?:\/\/(?:([^@/]*)@)?([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(url);
  if (!match) return undefined;
  const [, credentials = '', address = '', path = '', query = ''] = match;
  const colon = credentials.indexOf(':');
  const [host, port] = splitAddress(address);
  try {
    const parameters = new Map(
      query.split('&').flatMap((pair): [string, string][] => {
        const equals = pair.indexOf('=');
        return equals < 0 ? [] : [[decode(pair.slice(0, equals)), decode(pair.slice(equals + 1))]];
      }),
    );
    const value = (name: string, fallback = '') => parameters.get(name) || fallback || undefined;
    return {
      host: value('host', decode(host)),
      port: value('port', port),
      user: value('user', decode(colon < 0 ? credentials : credentials.slice(0, colon))),
      dbName: value('dbname', decode(path)),
      sslmode: value('sslmode'),
      sslrootcert: value('sslrootcert'),
      passfile: value('passfile'),
      hasPassword:
        (colon >= 0 && colon < credentials.length - 1) || [...parameters.keys()].some((key) => /password$/.test(key)),
    };
  } catch {
    return undefined;
  }
}

/** What is wrong with a URL, as a sentence that says what to write; `undefined` when it is right. */
export function connectionUrlProblem(url: string): string | undefined {
  const parts = readConnectionUrl(url);
  if (!parts) return 'Write it as libpq does: postgres://user@host:5432/dbname?sslmode=verify-full.';
  if (parts.hasPassword) return `Take the password out of it. ${WAYS_TO_GIVE_A_PASSWORD}`;
  return undefined;
}

/** A config is committed and copied, so it never holds a password. */
export const WAYS_TO_GIVE_A_PASSWORD =
  'A config file never holds a password. Give it by the environment (PGPASSWORD), a passfile (passfile), ' +
  'a Secrets Manager secret (secretArn), or do without one by RDS IAM authentication (iam).';

function splitAddress(address: string): [host: string, port: string] {
  const match = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(address);
  // Several hosts (`a:1,b:2`) stay whole: nothing here depends on their parts.
  return match ? [(match[1] ?? '').replace(/^\[|\]$/g, ''), match[2] ?? ''] : [address, ''];
}

/** @throws URIError on a broken percent sequence */
function decode(text: string): string {
  return decodeURIComponent(text);
}
