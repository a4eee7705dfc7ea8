/** Where to connect, in libpq's terms, and the same as a conninfo string. */
import { printableLine } from '../../core/printable.js';
import type { Secret } from '../../core/secret.js';

export interface ConnectionTarget {
  /** A host name, an address or a socket directory; several are separated by commas, as in libpq. */
  readonly host?: string;
  /** One port, or one for each host, separated by commas. */
  readonly port?: string;
  readonly user?: string;
  readonly database?: string;
  /** libpq's other keywords (`sslmode`, `connect_timeout` …) with their values; never a secret. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly password?: Secret;
}

/**
 * The target as libpq's `key='value'` string, for an argument list: the password is left out.
 *
 * Every value is quoted, so that a database named `a'b=c \` is one database and not four settings.
 */
export function conninfo(target: ConnectionTarget): string {
  const settings: [string, string | undefined][] = [
    ['host', target.host],
    ['port', target.port],
    ['user', target.user],
    ['dbname', target.database],
    ...Object.entries(target.parameters),
  ];
  return settings
    .filter((setting): setting is [string, string] => setting[1] !== undefined)
    .map(([key, value]) => `${key}=${quoteConninfoValue(value)}`)
    .join(' ');
}

/** `a'b\` → `'a\'b\\'` */
export function quoteConninfoValue(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** `user@host:port/database` on one line, for messages: no secret, and no parameters. */
export function describeTarget(target: ConnectionTarget): string {
  const hosts = (target.host ?? '').split(',');
  const ports = (target.port ?? '').split(',');
  const where = hosts.map((host, index) => {
    const port = ports.length === 1 ? ports[0] : ports[index];
    const shown = host.includes(':') ? `[${host}]` : host;
    return port ? `${shown}:${port}` : shown;
  });
  return printableLine(`${target.user ? `${target.user}@` : ''}${where.join(',')}/${target.database ?? ''}`);
}
