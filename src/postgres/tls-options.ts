/**
 * What libpq's `sslmode` and its companions mean for a connection from Node.js.
 *
 * By hand: `pg` does not tell `prefer`, `require` and `verify-ca` apart as libpq does.
 */
import { isIP } from 'node:net';
import { join } from 'node:path';
import { checkServerIdentity, rootCertificates, type ConnectionOptions, type SecureVersion } from 'node:tls';
import { HoldfastError } from '../core/errors.js';
import { quoted } from '../core/quoted.js';
import { readOwnFile } from './own-file.js';

/** One way to try: without TLS, or with these options. */
export type TlsAttempt = false | ConnectionOptions;

const MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
type Mode = (typeof MODES)[number];

/** libpq settings that restrict a connection in ways that Node.js cannot; ignoring one would weaken it silently. */
const UNSUPPORTED = ['requirepeer', 'require_auth', 'sslcrldir'] as const;

/**
 * The attempts to make on one host, in order.
 *
 * @param parameters libpq's keywords
 * @param host the name that the server's certificate must carry under `verify-full`; a path is a socket
 * @param home where to look for `.postgresql/`
 * @throws HoldfastError URL_INVALID for values that libpq refuses or files that cannot be read
 */
export async function tlsAttempts(
  parameters: Readonly<Record<string, string>>,
  host: string,
  home: string | undefined,
): Promise<readonly TlsAttempt[]> {
  for (const key of UNSUPPORTED) {
    if (parameters[key])
      throw invalidConnection(`${key} is not supported`, `Leave ${key} out of the connection's settings.`);
  }
  if (parameters.gssencmode === 'require')
    throw invalidConnection('gssencmode=require is not supported', 'Use TLS instead.');

  const mode = readMode(parameters);
  // libpq never uses TLS on a socket and does not object to a mode that asks for it.
  if (host.startsWith('/') || host.startsWith('@') || mode === 'disable') return [false];
  if (mode === 'allow') return [false, await tlsOptions(parameters, mode, host, home)];
  const options = await tlsOptions(parameters, mode, host, home);
  return mode === 'prefer' ? [options, false] : [options];
}

function readMode(parameters: Readonly<Record<string, string>>): Mode {
  const system = parameters.sslrootcert === 'system';
  const given = parameters.sslmode || (system ? 'verify-full' : 'prefer');
  const mode = MODES.find((candidate) => candidate === given);
  if (!mode) throw invalidConnection(`sslmode is ${quoted(given)}`, `Use one of ${MODES.join(', ')}.`);
  if (system && mode !== 'verify-full') {
    throw invalidConnection(`sslmode ${quoted(mode)} is too weak for sslrootcert=system`, 'Use sslmode=verify-full.');
  }
  return mode;
}

async function tlsOptions(
  parameters: Readonly<Record<string, string>>,
  mode: Mode,
  host: string,
  home: string | undefined,
): Promise<ConnectionOptions> {
  const inHome = (name: string) => (home ? join(home, '.postgresql', name) : undefined);
  const ca = await readAuthorities(parameters.sslrootcert, inHome('root.crt'), mode);
  // libpq skips a missing list.
  const crl = await readOptional(parameters.sslcrl || inHome('root.crl'));
  const identity =
    parameters.sslcertmode === 'disable' ? {} : await readClientCertificate(parameters, inHome, mode === 'prefer');
  return {
    ...identity,
    ...(ca && { ca: [...ca] }),
    ...(ca && crl && { crl }),
    // If authorities are available, libpq checks the chain in every mode that uses TLS; without them, in none.
    rejectUnauthorized: ca !== undefined,
    checkServerIdentity:
      mode === 'verify-full' ? (_, certificate) => checkServerIdentity(host, certificate) : () => undefined,
    ...(isIP(host) === 0 && { servername: host }),
    ...versions(parameters),
  };
}

function versions(parameters: Readonly<Record<string, string>>): ConnectionOptions {
  const read = (key: string) => (parameters[key] || undefined) as SecureVersion | undefined;
  return {
    minVersion: read('ssl_min_protocol_version') ?? 'TLSv1.2',
    ...(read('ssl_max_protocol_version') && { maxVersion: read('ssl_max_protocol_version') }),
  };
}

async function readAuthorities(
  configured: string | undefined,
  standard: string | undefined,
  mode: Mode,
): Promise<readonly (string | Buffer)[] | undefined> {
  if (configured === 'system') return rootCertificates;
  const path = configured || standard;
  const text = await readOptional(path);
  if (text) return [text];
  if (mode === 'verify-ca' || mode === 'verify-full') {
    throw invalidConnection(
      `sslmode is ${quoted(mode)}, but the root certificate file ${path ? `${quoted(path)} cannot be read` : 'is not named'}`,
      "Point sslrootcert at a file with the authority's certificate (for RDS: its CA bundle), or use sslrootcert=system.",
    );
  }
  return undefined;
}

async function readClientCertificate(
  parameters: Readonly<Record<string, string>>,
  inHome: (name: string) => string | undefined,
  lenient: boolean,
): Promise<ConnectionOptions> {
  const certPath = parameters.sslcert || inHome('postgresql.crt');
  const cert = await readOptional(certPath);
  if (!cert || !certPath) {
    if (parameters.sslcert && !lenient) throw invalidConnection(`sslcert ${quoted(parameters.sslcert)} cannot be read`);
    return {};
  }
  const keyPath = parameters.sslkey || inHome('postgresql.key') || '';
  // libpq's rules: it is ours or root's, and nobody else may read it, except root's group when root owns it.
  const key = await readOwnFile(keyPath, {
    followLink: true,
    forbiddenMode: (owner) => (owner === 0 ? 0o027 : 0o077),
  });
  if (key && !('refused' in key)) return { cert, key };
  if (key?.refused === 'mode') {
    throw invalidConnection(`the client key ${quoted(keyPath)} can be read by others`, `Run: chmod 0600 ${keyPath}`);
  }
  const words = key?.words ?? 'is missing';
  throw invalidConnection(`there is a client certificate ${quoted(certPath)}, but its key ${quoted(keyPath)} ${words}`);
}

async function readOptional(path: string | undefined): Promise<Buffer | undefined> {
  const file = path ? await readOwnFile(path, { followLink: true, ofAnybody: true }) : undefined;
  return file && !('refused' in file) ? file : undefined;
}

function invalidConnection(problem: string, hint?: string): HoldfastError {
  return new HoldfastError('URL_INVALID', `Preparing the connection: ${problem}.`, hint ? { hint } : {});
}
