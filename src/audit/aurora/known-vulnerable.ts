/**
 * Minor versions of PostgreSQL with known holes in the server, newest release first. Source:
 * https://www.postgresql.org/support/security/ and the announcements of the releases, read on 2026-11-30.
 *
 * RDS has PostgreSQL's own minors. Aurora's have PostgreSQL's numbers, and AWS may bring a fix into one that is there
 * already: of Aurora nothing is claimed of what the releases after 2026-02-12 close.
 */
type Engine = 'aurora' | 'rds';

interface SecurityRelease {
  readonly date: string;
  /** The gravest of the holes in the server that it closes, and how many others. */
  readonly hole: string;
  /** The first minor without it, by major. */
  readonly fixedIn: Readonly<Record<number, number>>;
  readonly engines: readonly Engine[];
}

const BOTH = ['aurora', 'rds'] as const;

const RELEASES: readonly SecurityRelease[] = [
  {
    date: '2026-05-14',
    // An integer that wraps around makes a buffer too small: anyone who may run SQL writes beyond it.
    hole: 'CVE-2026-6473 and others',
    fixedIn: { 14: 23, 15: 18, 16: 14, 17: 10, 18: 4 },
    engines: ['rds'],
  },
  {
    date: '2026-02-12',
    // Lengths of multibyte characters are not checked: anyone who may run SQL overruns a buffer.
    hole: 'CVE-2026-2006 and others',
    fixedIn: { 14: 21, 15: 16, 16: 12, 17: 8, 18: 2 },
    engines: BOTH,
  },
  {
    date: '2024-11-14',
    // PL/Perl lets users set the environment of the server.
    hole: 'CVE-2024-10979',
    fixedIn: { 13: 17, 14: 14, 15: 9, 16: 5, 17: 1 },
    engines: BOTH,
  },
  {
    date: '2023-11-09',
    // Integers that overflow in the bounds of an array: anyone who may run SQL writes into the server's memory.
    hole: 'CVE-2023-5869 and others',
    fixedIn: { 13: 13, 14: 10, 15: 5, 16: 1 },
    engines: BOTH,
  },
];

/** The newest release in the table, by engine: nothing is claimed of what later ones close. */
export const KNOWN_UP_TO: Readonly<Record<Engine, string>> = {
  aurora: newestOf('aurora'),
  rds: newestOf('rds'),
};

function newestOf(engine: Engine): string {
  return RELEASES.find(({ engines }) => engines.includes(engine))?.date ?? '';
}

/** What a version is affected by; the oldest first, which is known the longest. */
export function knownHoleOf(engine: Engine, major: number, minor: number): string | undefined {
  const release = RELEASES.findLast(
    ({ engines, fixedIn }) => engines.includes(engine) && minor < (fixedIn[major] ?? 0),
  );
  return release && `${release.hole}, which the release of ${release.date} closes`;
}
