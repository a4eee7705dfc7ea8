import { describe, expect, it } from 'vitest';
import { readManifest, writeManifest } from '../../../src/vault/formats/manifest.js';
import { sessionFault } from '../../../src/vault/formats/session-settings.js';
import { openMemoryStore } from '../../../src/vault/memory/memory-store.js';
import { sampleManifest } from './samples.js';

describe('A1: the session settings of a manifest', () => {
  it.each([
    ['TimeZone', 'UTC'],
    ['TimeZone', 'America/Argentina/Buenos_Aires'],
    ['TimeZone', 'posix/Etc/GMT+12'],
    ['TimeZone', 'EST5EDT'],
    ['TimeZone', 'EST5EDT,M3.2.0,M11.1.0/2:00'],
    ['TimeZone', '<+0330>-03:30'],
    ['TimeZone', '<+05:45>-05:45:10'],
    ['DateStyle', 'SQL, DMY'],
    ['IntervalStyle', 'iso_8601'],
    ['extra_float_digits', '-15'],
    ['lc_monetary', ''],
    ['lc_monetary', 'de_DE.UTF-8@euro'],
    ['lc_monetary', 'English_United States.1252'],
    ['client_encoding', 'SHIFT_JIS_2004'],
    ['standard_conforming_strings', 'off'],
  ])('may be %s as %j', (name, value) => {
    expect(sessionFault({ [name]: value })).toBeUndefined();
  });

  it.each([
    ['TimeZone', 'UTC\t-c\tsession_preload_libraries=/tmp/evil'],
    ['TimeZone', 'UTC\n'],
    ['TimeZone', 'Europe/Ber lin'],
    ['TimeZone', '../../etc/passwd'],
    ['TimeZone', '/etc/passwd'],
    ['TimeZone', ''],
    ['DateStyle', 'ISO'],
    ['IntervalStyle', 'postgres\\'],
    ['bytea_output', 'hex\r-c\ra=b'],
    ['extra_float_digits', '3 -c a=b'],
    ['lc_monetary', "a' -c x=y\\"],
    ['lc_monetary', 'C -c a=b'],
    ['xmlbinary', ''],
    ['client_encoding', 'utf8; SET'],
    ['quote_all_identifiers', 'maybe'],
    ['session_preload_libraries', 'evil'],
    [' -c log_statement', 'all'],
    ['search_path', 'x'],
    ['timezone', 'UTC'],
    ['', ''],
  ])('are refused with %s as %j, where the manifest is read', async (name, value) => {
    const store = openMemoryStore();
    const { key } = await writeManifest(store, { ...sampleManifest(), session: { TimeZone: 'UTC', [name]: value } });
    await expect(readManifest(store, key)).rejects.toMatchObject({
      code: 'MANIFEST_INVALID',
      message: expect.stringMatching(/failed: of its session, ".*" is no (?:value of|setting that)/s) as string,
    });
  });
});
