/** A copy on a machine with other time zone data than the source's may write the same moments differently. */
import { expect, it } from 'vitest';
import { compareDatabase } from '../../../src/backup/copy/compare-database.js';
import { readTimeZoneRules } from '../../../src/postgres/time-zone-rules.js';
import { createDatabase, sharedServer } from '../../helpers/postgres.js';
import { accessTo, makeContext, readBackup, takeBackup } from './harness.js';

it('15.2: is told apart by what it knows of the zone in which values are written, and that is said', async () => {
  const database = await createDatabase(
    sharedServer(),
    `CREATE TABLE t AS SELECT timestamptz '2026-07-01 12:00Z' AS at`,
  );
  const client = await database.client();
  const rules = await Promise.all(['Europe/Kyiv', 'Europe/Berlin'].map((zone) => readTimeZoneRules(client, zone)));
  expect(new Set(rules).size).toBe(2);
  expect(rules).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/), expect.stringMatching(/^[0-9a-f]{64}$/)]);
  expect(await readTimeZoneRules(client, 'Mars/Olympus_Mons')).toBeUndefined();

  await database.query(`ALTER DATABASE ${database.name} SET TimeZone = 'Europe/Berlin'`);
  const context = await makeContext();
  const access = await accessTo(database.name);
  const { backup } = await takeBackup(access, context);
  const { entries, stored } = await readBackup(backup, context);
  expect(stored.manifest.timeZoneRules).toBe(rules[1]);
  const compared = async (timeZoneRules: string | undefined) => {
    const asStored = { ...stored, manifest: { ...stored.manifest, timeZoneRules } };
    const request = { stored: asStored, expected: entries, access, programs: context.installed.at(-1) as never };
    const { differences, notCompared } = await compareDatabase(request, context);
    return [differences, notCompared.filter(({ kind }) => kind === 'time-zone-data').map(({ objects }) => objects)];
  };
  expect(await compared(rules[1])).toEqual([[], []]);
  expect(await compared(undefined)).toEqual([[], []]);
  expect(await compared(rules[0])).toEqual([[], [['Europe/Berlin']]]);
  await database.end();
});
