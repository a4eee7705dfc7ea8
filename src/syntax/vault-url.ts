/** Where a vault is, as a URL: `file:///dir` or `s3://bucket[/prefix]`. */
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { HoldfastError } from '../core/errors.js';
import { quoted } from '../core/quoted.js';
import { BUCKET_NAME_RULE, isBucketName } from './bucket-name.js';
import { keyFault } from './object-key.js';

export interface S3Location {
  readonly bucket: string;
  /** Without slashes at its ends; empty for none. */
  readonly prefix: string;
}

export type VaultLocation =
  { readonly kind: 'file'; /** Absolute. */ readonly directory: string } | ({ readonly kind: 's3' } & S3Location);

/**
 * Reads the URL of a vault. A path without a scheme is refused: `backups` could be a directory or a forgotten `s3://`,
 * and a backup in the wrong place is noticed too late.
 *
 * @throws HoldfastError VAULT_URL_INVALID with the right form
 */
export function parseVaultUrl(url: string): VaultLocation {
  const read = readUrl(url);
  if (!('fault' in read)) return read;
  // A database URL given by mistake may contain a password; then the example derived from it would contain it too.
  const shown = url.replace(/(^|\/\/)[^/]*@/, '$1[redacted]@');
  throw new HoldfastError('VAULT_URL_INVALID', `${quoted(shown)} is not the URL of a vault: ${read.fault}.`, {
    hint: shown === url ? read.advice : undefined,
  });
}

/** What is wrong with the URL of a vault, as sentences without the URL; `undefined` if it is valid. */
export function vaultUrlProblem(url: string): string | undefined {
  const read = readUrl(url);
  return 'fault' in read ? `This is not the URL of a vault: ${read.fault}. ${GENERAL_ADVICE}` : undefined;
}

/**
 * What is wrong with a prefix that policies name, as a sentence; `undefined` if it is valid. A `*` or a `?` in it would
 * stand for other prefixes there, and `$` for a variable.
 */
export function vaultPrefixProblem(prefix: string): string | undefined {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/.test(prefix) && prefix.length <= 200)
    return undefined;
  return 'Use letters, digits, dots, hyphens and underscores, with single slashes between parts and none at the ends.';
}

/** `s3://bucket/prefix`, or `s3://bucket` without a prefix: the inverse of {@link parseVaultUrl}. */
export function s3VaultUrl({ bucket, prefix }: S3Location): string {
  return `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}`;
}

/** What is wrong with a URL. */
interface Fault {
  readonly fault: string;
  /** The right form, derived from the URL. */
  readonly advice?: string;
}

const GENERAL_ADVICE = 'Write file:///absolute/directory or s3://bucket/prefix.';
const S3_ADVICE = 'Write s3://bucket/prefix.';

function readUrl(url: string): VaultLocation | Fault {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1];
  if (scheme === 'file') return readFileUrl(url);
  if (scheme === 's3') return readS3Url(url);
  if (url.trim() === '') return { fault: 'it is empty' };
  if (scheme === undefined) return { fault: 'it has no scheme', advice: `Write ${fileUrl(url)} for that directory.` };
  const lower = scheme.toLowerCase();
  if (lower !== 'file' && lower !== 's3') return { fault: `this version has no store for ${lower}:` };
  // One place has one URL: what compares URLs compares their text.
  return { fault: 'its scheme is not in lower-case letters', advice: `Write ${lower}:${url.slice(lower.length + 1)}.` };
}

function readFileUrl(url: string): VaultLocation | Fault {
  const path = url.slice('file:'.length);
  if (!path.startsWith('///')) {
    return { fault: 'a file URL has three slashes and an absolute path', advice: `Write ${meantBy(path)}.` };
  }
  if (/[?#]/.test(path)) {
    const advice = `Write them as %3F and %23: ${fileUrl(path.slice(2))}.`;
    return { fault: '? and # end the path of a URL', advice };
  }
  const directory = directoryOf(url);
  if (directory === undefined) {
    return { fault: 'it contains an escape that is invalid in a path', advice: 'Write a % in a name as %25.' };
  }
  if (directory === '/')
    return { fault: 'it names the root of the file system', advice: 'Write file:///absolute/dir.' };
  return { kind: 'file', directory };
}

/** `undefined` for an escape that is not a character, is a slash, or is NUL. */
function directoryOf(url: string): string | undefined {
  try {
    const directory = fileURLToPath(url);
    return directory.includes('\0') ? undefined : resolve(directory);
  } catch {
    return undefined;
  }
}

/**
 * What a URL with too few slashes stands for. In `file://srv/vault` one is missing; only a path that says so begins at
 * the working directory.
 */
function meantBy(path: string): string {
  const rest = path.replace(/^\/\//, '');
  if (rest === '') return 'file:///absolute/dir';
  const relative = !path.startsWith('/') || /^\.\.?(?:\/|$)/.test(rest);
  return fileUrl(relative ? rest : `/${rest}`);
}

function readS3Url(url: string): VaultLocation | Fault {
  const [, bucket = '', path = ''] = /^s3:\/\/([^/]*)(.*)$/s.exec(url) ?? [];
  if (!isBucketName(bucket)) return { fault: BUCKET_NAME_RULE, advice: S3_ADVICE };
  const prefix = path.replace(/^\//, '').replace(/\/$/, '');
  // `s3://bucket//` too: an empty part is never what was meant.
  const fault = path === '' || path === '/' ? undefined : keyFault(prefix);
  if (fault) return { fault: `its prefix cannot be part of a key: ${fault}`, advice: S3_ADVICE };
  return { kind: 's3', bucket, prefix };
}

function fileUrl(path: string): string {
  return pathToFileURL(resolve(path)).href;
}
