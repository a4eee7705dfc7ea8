/**
 * Minor versions of PostgreSQL with known holes in the server, newest release first. Aurora's minors have PostgreSQL's
 * numbers and fixes. Source: https://www.postgresql.org/support/security/, read on 2026-11-22. Of holes that later
 * releases close, the 2026-05-14 one among them, the table knows nothing: 17.9, which our own clusters have by default, is older.
 */

/** The newest release in the table: nothing is claimed of what later ones close. */
export const KNOWN_UP_TO = '2026-02-12';

interface SecurityRelease {
  /** What the minors before have, in words: `CVE-2024-10979`. */
  readonly hole: string;
  /** The first minor without it, by major. */
  readonly fixedIn: Readonly<Record<number, number>>;
}

const RELEASES: readonly SecurityRelease[] = [
  // Memory errors in the server that a user who may run SQL can exploit.
  { hole: `what the release of ${KNOWN_UP_TO} closes`, fixedIn: { 14: 21, 15: 16, 16: 12, 17: 8, 18: 2 } },
  // PL/Perl lets users set the environment of the server.
  { hole: 'CVE-2024-10979', fixedIn: { 13: 17, 14: 14, 15: 9, 16: 5, 17: 1 } },
];

/** What a version is affected by; the oldest first, which is known the longest. */
export function knownHoleOf(major: number, minor: number): string | undefined {
  return RELEASES.findLast(({ fixedIn }) => minor < (fixedIn[major] ?? 0))?.hole;
}
