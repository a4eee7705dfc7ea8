/** Which of the installed client programs is right for a server, and which of its weaknesses are known. */
import { HoldfastError } from '../core/errors.js';
import type { PostgresPrograms } from './client-programs.js';

export interface ClientChoice {
  readonly programs: PostgresPrograms;
  /** What the user should know about the choice, one sentence or two each; empty when the major versions are equal. */
  readonly notes: readonly string[];
}

/** What older client programs cannot do with a server: for a restore, they read back what came of it. */
const CANNOT = { dump: 'cannot dump it', restore: 'cannot restore into it' } as const;

/**
 * Chooses the client programs for a server: its own major version, otherwise the next newer one.
 *
 * @param purpose for the message of a refusal
 * @param serverVersionNum the server's `server_version_num`, such as 150018
 * @throws HoldfastError PROGRAM_MISSING when no pg_dump is installed, CLIENT_TOO_OLD when only older ones are
 */
export function chooseClient(
  installed: readonly PostgresPrograms[],
  serverVersionNum: number,
  purpose: keyof typeof CANNOT = 'dump',
): ClientChoice {
  const server = majorOf(serverVersionNum);
  const clients = installed
    .filter((programs) => programs.has('pg_dump'))
    .sort((a, b) => a.major - b.major || b.versionNum - a.versionNum);
  if (clients.length === 0) {
    throw new HoldfastError('PROGRAM_MISSING', `Looking for a pg_dump for a PostgreSQL ${server} server: found none.`, {
      hint: `Install one (Debian: apt-get install postgresql-client-${server}), or point HOLDFAST_PG_BIN at its directory.`,
    });
  }
  const programs = clients.find((candidate) => candidate.major >= server);
  if (!programs) {
    const newest = clients.at(-1)?.version ?? '';
    throw new HoldfastError(
      'CLIENT_TOO_OLD',
      `The server is PostgreSQL ${server}; the newest client programs here are ${newest}, which ${CANNOT[purpose]}.`,
      { hint: `Install newer ones (Debian: apt-get install postgresql-client-${server}) and run again.` },
    );
  }
  if (programs.major === server) return { programs, notes: [] };
  return {
    programs,
    notes: [
      `The server is PostgreSQL ${server}; the dump is made by pg_dump ${programs.version}, as no pg_dump ${server} is installed. ` +
        `It restores into PostgreSQL ${programs.major} or newer; a PostgreSQL ${server} server may refuse settings in it ` +
        `(such as transaction_timeout, which is unknown before 17). Install client programs ${server} to avoid that.`,
    ],
  };
}

/**
 * The minor of each major that was released together with 18.0. All majors get their minors on the same days, so that two
 * of different majors can be told apart by age.
 */
const SAME_DAY: Readonly<Record<number, number>> = { 13: 22, 14: 19, 15: 14, 16: 10, 17: 6, 18: 0 };

/** How many releases a version is older than another; negative if it is newer, undefined where that is not known. */
export function releasesBehind(versionNum: number, other: number): number | undefined {
  if (majorOf(versionNum) === majorOf(other)) return (other % 10_000) - (versionNum % 10_000);
  const [a, b] = [SAME_DAY[majorOf(versionNum)], SAME_DAY[majorOf(other)]];
  return a === undefined || b === undefined ? undefined : (other % 10_000) - b - ((versionNum % 10_000) - a);
}

/** `170012` → 17. */
export function majorOf(versionNum: number): number {
  return Math.floor(versionNum / 10_000);
}

/**
 * That client programs are older than the server that they dump: they do not know what its newer minors have added to the
 * catalog, and may write it in a form that does not load.
 *
 * @returns a sentence; undefined if they are not
 */
export function olderThanServer(
  client: { readonly version: string; readonly versionNum: number },
  server: { readonly version: string; readonly versionNum: number },
): string | undefined {
  const behind = releasesBehind(client.versionNum, server.versionNum);
  if (behind === undefined || behind <= 0) return undefined;
  return (
    `pg_dump ${client.version} is older than the server, ${shortVersion(server.version)}: what newer minors have added may be dumped in a form ` +
    'that does not load. Update the client programs (on AWS: rebuild the image that the backups run in).'
  );
}

/** `15.18 (Debian 15.18-0+deb12u1)` → `15.18`. */
export function shortVersion(version: string): string {
  return version.split(' ')[0] ?? version;
}

/** The first minor release of each major version without the named weakness. */
const SERVER_OVERWRITES_CLIENT: Readonly<Record<number, number>> = { 14: 23, 15: 18, 16: 14, 17: 10, 18: 4 };
const RESTRICTED_PSQL: Readonly<Record<number, number>> = { 13: 22, 14: 19, 15: 14, 16: 10, 17: 6, 18: 0 };

/**
 * The known weaknesses of client programs of a version: one sentence each, or `undefined`.
 *
 * @param versionNum such as 150018
 */
export function vulnerableMinor(versionNum: number): string | undefined {
  const major = majorOf(versionNum);
  const minor = versionNum % 10_000;
  const isBefore = (fixes: Readonly<Record<number, number>>) => {
    const fixed = fixes[major];
    // A major version without a fix is either too old to have received one, or newer than the weakness.
    return fixed === undefined ? major < Math.min(...Object.keys(fixes).map(Number)) : minor < fixed;
  };
  const release = (fixes: Readonly<Record<number, number>>) => {
    const fixed = fixes[major];
    return fixed === undefined ? 'a supported major version' : `${major}.${fixed}`;
  };
  const sentences: string[] = [];
  if (isBefore(SERVER_OVERWRITES_CLIENT)) {
    sentences.push(
      `A hostile server can overwrite this client's memory (CVE-2026-6477): update it to ${release(SERVER_OVERWRITES_CLIENT)} or newer.`,
    );
  }
  if (isBefore(RESTRICTED_PSQL)) {
    sentences.push(
      `A hostile dump can run commands through this psql, and psql cannot read the \\restrict lines of current dumps ` +
        `(CVE-2025-8714): update it to ${release(RESTRICTED_PSQL)} or newer.`,
    );
  }
  return sentences.length > 0 ? sentences.join(' ') : undefined;
}
