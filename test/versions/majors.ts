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

/** Whether this run leaves out what takes long. */
export const QUICK = process.env.HOLDFAST_TEST_QUICK === '1';

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
  const chosen = majorsFrom(first);
  if (chosen.length > 0) describe.each(chosen)(name, tests);
  else describe.skip(`${name}: none of ${first} or newer in this run`, () => it('is not looked at', () => {}));
}

/** Those of this run that are at least as new. */
export function majorsFrom(major: number): number[] {
  return MAJORS.filter((one) => one >= major);
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
