import { readdirSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { holdDump } from '../../helpers/held-dump.js';
import { createDatabase, sharedServer, type TestDatabase } from '../../helpers/postgres.js';
import { eventually } from '../../helpers/processes.js';
import { onTerminal } from '../../helpers/terminal.js';
import { finalScreen } from './screen.js';
import { newVault } from '../../helpers/vault.js';

const SHOW_CURSOR = '\u001b[?25h';
const PROGRESS = /big: dumping {2}[\d.]+ [kM]B of about [\d.]+ MB/;
const HIDE_CURSOR = '\u001b[?25l';

let big: TestDatabase;

beforeAll(async () => {
  big = await createDatabase(
    sharedServer(),
    `CREATE TABLE big AS SELECT g, repeat(md5(g::text), 20) AS text FROM generate_series(1, 5000) g`,
  );
});

afterAll(() => big.end());

it('draws progress on one line while it works, and takes it away before the result', async () => {
  const vault = newVault().url;
  const dump = await holdDump(big, 2_000_000);
  onTestFinished(() => dump.stop());
  const run = onTerminal(['backup', '--url', dump.url, '--name', 'big', '--vault', vault]);
  await eventually('progress is drawn', () => PROGRESS.test(stripVTControlCharacters(run.output())));
  dump.release();
  expect(await run.code).toBe(0);
  const output = run.output();
  expect(stripVTControlCharacters(output)).not.toContain('%');
  expect(finalScreen(output)).toMatch(
    /^database +rows +tables +raw +stored +ratio +time\nbig \(database "\S+"\) +5,000 [^\n]+\nlayer2\/\S+\n$/,
  );
  expect(output.lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(output.lastIndexOf(HIDE_CURSOR));
  // Color: the heads of the table are dim.
  expect(output).toContain('\u001b[2mdatabase');
});

it('has no color with NO_COLOR, and draws nothing when quiet', async () => {
  const vault = newVault().url;
  const args = ['backup', '--url', big.url, '--name', 'big', '--vault', vault];
  const plain = onTerminal(args, { env: { NO_COLOR: '1' } });
  expect(await plain.code).toBe(0);
  expect(plain.output()).not.toMatch(/\u001b\[\d+(;\d+)*m/);
  const quiet = onTerminal([...args.slice(0, -1), newVault().url, '--quiet', '--no-color']);
  expect(await quiet.code).toBe(0);
  expect(quiet.output()).not.toContain('\u001b');
});

it('gives the terminal back after Ctrl-C, and leaves nothing in the vault', async () => {
  const { directory, url } = newVault();
  const dump = await holdDump(big, 2_000_000);
  onTestFinished(() => dump.stop());
  const run = onTerminal(['backup', '--url', dump.url, '--name', 'big', '--vault', url]);
  await eventually('progress is drawn', () => PROGRESS.test(stripVTControlCharacters(run.output())));
  run.type('\u0003');
  expect(await run.code).toBe(130);
  const output = run.output();
  expect(output.lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(output.lastIndexOf(HIDE_CURSOR));
  expect(finalScreen(output)).toMatch(/error: Interrupted by SIGINT\.\nhint: .*\n$/);
  expect(finalScreen(output)).not.toContain('dumping');
  expect(readdirSync(directory)).toEqual(['holdfast']);
});
