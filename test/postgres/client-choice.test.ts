import { describe, expect, it } from 'vitest';
import { HoldfastError } from '../../src/core/errors.js';
import { chooseClient, olderThanServer, vulnerableMinor } from '../../src/postgres/client-choice.js';
import type { PostgresPrograms } from '../../src/postgres/client-programs.js';

function installation(versionNum: number, names: readonly string[] = ['pg_dump', 'psql']): PostgresPrograms {
  const major = Math.floor(versionNum / 10_000);
  return {
    directory: `/pg/${major}.${versionNum % 10_000}/bin`,
    major,
    version: `${major}.${versionNum % 10_000}`,
    versionNum,
    has: (name) => names.includes(name),
    program: (name) => `/pg/${major}/bin/${name}`,
  };
}

function failure(action: () => unknown): HoldfastError {
  try {
    action();
  } catch (error) {
    if (error instanceof HoldfastError) return error;
  }
  throw new Error('no coded error was thrown');
}

describe('chooseClient', () => {
  it("takes the server's major version without a note, the newest minor of it", () => {
    const choice = chooseClient(
      [installation(140_023), installation(150_012), installation(150_018), installation(170_006)],
      150_004,
    );
    expect(choice.programs.version).toBe('15.18');
    expect(choice.notes).toEqual([]);
  });

  it('takes the next newer major when that of the server is missing, and says what it means', () => {
    const choice = chooseClient([installation(140_023), installation(180_004), installation(170_010)], 150_018);
    expect(choice.programs.major).toBe(17);
    expect(choice.notes).toHaveLength(1);
    expect(choice.notes[0]).toMatch(/PostgreSQL 15.*pg_dump 17\.10.*transaction_timeout/);
  });

  it('refuses when there are only older clients, before anything is started', () => {
    const error = failure(() => chooseClient([installation(140_023), installation(150_018)], 160_002));
    expect(error.code).toBe('CLIENT_TOO_OLD');
    expect(error.message).toContain('PostgreSQL 16');
    expect(error.message).toContain('15.18');
    expect(error.hint).toContain('postgresql-client-16');
  });

  it('does not count an installation without pg_dump', () => {
    const error = failure(() => chooseClient([installation(150_018, ['psql'])], 150_018));
    expect(error.code).toBe('PROGRAM_MISSING');
    expect(error.hint).toContain('postgresql-client-15');
  });
});

describe('olderThanServer', () => {
  const client = (versionNum: number) => installation(versionNum);
  const server = (versionNum: number) => ({ version: `${Math.floor(versionNum / 10_000)}.x (Debian)`, versionNum });

  it.each([
    [170_004, 170_010],
    // Released half a year before it.
    [180_001, 170_010],
    [170_008, 130_023 + 2],
  ])('15.4: tells of pg_dump %i at a server %i', (ours, theirs) => {
    expect(olderThanServer(client(ours), server(theirs))).toMatch(
      /^pg_dump 1\d\.\d is older than the server, 1\d\.x: .*rebuild/,
    );
  });

  it.each([
    [170_010, 170_010],
    [170_011, 170_010],
    // Of the same day.
    [180_004, 170_010],
    // Nobody knows which minors of 19 go with it.
    [190_000, 170_010],
  ])('15.4: has nothing to tell of pg_dump %i at a server %i', (ours, theirs) => {
    expect(olderThanServer(client(ours), server(theirs))).toBeUndefined();
  });
});

describe('vulnerableMinor', () => {
  it.each([180_004, 170_010, 160_014, 150_018, 140_023, 190_000])('finds nothing against %i', (versionNum) => {
    expect(vulnerableMinor(versionNum)).toBeUndefined();
  });

  it.each([
    [180_003, '18.4'],
    [170_009, '17.10'],
    [160_013, '16.14'],
    [150_017, '15.18'],
    [140_022, '14.23'],
  ])('names the hostile-server weakness of %i and the release that fixes it', (versionNum, fixed) => {
    expect(vulnerableMinor(versionNum)).toContain(`CVE-2026-6477): update it to ${fixed} `);
    expect(vulnerableMinor(versionNum)).not.toContain('restrict');
  });

  it.each([
    [170_005, '17.6'],
    [160_009, '16.10'],
    [150_013, '15.14'],
    [140_018, '14.19'],
    [130_021, '13.22'],
  ])('names the missing \\restrict of %i as well', (versionNum, fixed) => {
    expect(vulnerableMinor(versionNum)).toContain(`CVE-2025-8714): update it to ${fixed} `);
    expect(vulnerableMinor(versionNum)).toContain('CVE-2026-6477');
  });

  it('knows that the last releases of ended major versions never got the fixes', () => {
    expect(vulnerableMinor(130_023)).toMatch(/CVE-2026-6477.*a supported major version/);
    expect(vulnerableMinor(120_022)).toContain('CVE-2025-8714');
  });
});
