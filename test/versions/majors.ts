/** PostgreSQL of several majors, each from the Debian release that has it. Debian has none of 14 and 16. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import type { BackupContext } from '../../src/backup/operation/context.js';
import type { PostgresPrograms } from '../../src/postgres/client-programs.js';
import type { ThrowawayOptions } from '../../src/postgres/throwaway/options.js';
import { debianPostgres } from '../helpers/debian-postgres.js';
import { startTestServer, type TestServer } from '../helpers/postgres.js';
import { makeContext } from '../integration/backup/harness.js';

const RELEASES: Readonly<Record<number, string>> = { 13: 'bullseye', 15: 'bookworm', 17: 'trixie', 18: 'sid' };

/** What this run is about: all, or those of `--only`. */
export const MAJORS: readonly number[] = chosen();

function chosen(): number[] {
  const all = Object.keys(RELEASES).map(Number);
  const only = process.env.HOLDFAST_TEST_MAJORS;
  if (!only) return all;
  const wanted = only.split(',').map(Number);
  const unknown = wanted.filter((major) => !all.includes(major));
  if (unknown.length > 0)
    throw new Error(`There are no servers of ${unknown.join(', ')} here, only of ${all.join(', ')}.`);
  return all.filter((major) => wanted.includes(major));
}

/** One group of tests for each major of this run from `first` on. */
export function describeMajors(first: number, name: string, tests: (major: number) => void): void {
  describeEach(majorsFrom(first), `${name}: none of ${first} or newer in this run`, name, tests);
}

function describeEach(chosen: readonly number[], none: string, name: string, tests: (major: number) => void): void {
  if (chosen.length > 0) describe.each(chosen)(name, tests);
  else describe.skip(none, () => it('is not looked at', () => {}));
}

/** Those of this run that are at least as new. */
export function majorsFrom(major: number): number[] {
  return MAJORS.filter((one) => one >= major);
}

/** Extensions that have to be preloaded, that ship rows, or that come with a library of their own. */
const EXTENSION_PACKAGES: Readonly<Record<number, readonly string[]>> = {
  15: ['pgaudit', 'cron', 'postgis-3', 'partman', 'pgrouting'],
  17: ['pgaudit', 'cron', 'postgis-3', 'pgvector', 'partman'],
};

/** One group of tests for each major of this run for whose release others have packaged extensions. */
export function describeExtended(name: string, tests: (major: number) => void): void {
  const chosen = MAJORS.filter((major) => EXTENSION_PACKAGES[major]);
  describeEach(chosen, `${name}: none of the majors in this run has any`, name, tests);
}

/** The same as {@link programsOf}, with these extensions. */
export function extendedProgramsOf(major: number): Promise<PostgresPrograms> {
  const packages = (EXTENSION_PACKAGES[major] ?? []).map((name) => `postgresql-${major}-${name}`);
  return debianPostgres({ suite: RELEASES[major] ?? '', major, packages });
}

/** @throws Error with what is missing to unpack it: root, debootstrap */
export function programsOf(major: number): Promise<PostgresPrograms> {
  return debianPostgres({ suite: RELEASES[major] ?? '', major });
}

/** The caller stops it. */
export async function startMajor(major: number, options: Partial<ThrowawayOptions> = {}): Promise<TestServer> {
  return startTestServer({ programs: await programsOf(major), ...options });
}

/** A context with a vault of its own, for which only these are installed. */
export async function contextWith(
  majors: readonly number[],
  overrides: Partial<BackupContext> = {},
): Promise<BackupContext> {
  return makeContext({ installed: await Promise.all(majors.map(programsOf)), ...overrides });
}

/** The same vault, seen from a machine with other programs. */
export async function seenWith(context: BackupContext, majors: readonly number[]): Promise<BackupContext> {
  return { ...context, installed: await Promise.all(majors.map(programsOf)) };
}

/** Of `test/fixtures/versions`. */
export function versionsSql(name: string): string {
  return readFileSync(join(import.meta.dirname, '../fixtures/versions', `${name}.sql`), 'utf8');
}
