import { readdirSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { checkDocument, demoDocument } from '../../../src/cli/json/documents.js';
import { holdProgram } from '../../helpers/held-programs.js';
import { runHoldfast, startHoldfast } from '../../helpers/holdfast.js';
import { processesMentioning } from '../../helpers/processes.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { runJson } from './run-json.js';

/** A temporary directory for the demo, which a server that runs as another user may enter. */
async function temporary(): Promise<string> {
  const directory = temporaryDirectory();
  await chmod(directory, 0o711);
  return directory;
}

it('does the whole job and finds both kinds of damage by name, whatever PG variables are set; nothing is left', async () => {
  const tmp = await temporary();
  const env = { TMPDIR: tmp, PGHOST: '/nonexistent', PGPORT: '1', PGSERVICE: 'unknown' };
  const { demo } = await runJson(demoDocument, ['demo', '--rows', '2000'], { env });
  expect(demo.backup.rows).toBe(2000);
  expect(demo.restore.matched).toBe(demo.restore.entries);
  expect(demo.proof.verdict).toBe('proven');
  expect(demo.tampering.map(({ type, schema, name }) => [type, schema, name])).toEqual([
    ['TABLE DATA', 'shop', 'order_lines'],
    ['INDEX', 'shop', 'orders_placed_at_idx'],
  ]);
  expect(demo.damage.verdict).toBe('damaged');
  expect(readdirSync(tmp)).toEqual([]);
  expect(await processesMentioning(tmp)).toEqual([]);
});

it('tells a plain story elsewhere than on a terminal, and keeps the vaults when asked to', async () => {
  const tmp = await temporary();
  const { code, stdout, stderr } = await runHoldfast(['demo', '--rows', '2000', '--keep'], { env: { TMPDIR: tmp } });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).not.toContain('\u001b');
  const steps = stdout.match(/^\d+\. .*$/gm);
  expect(steps).toEqual([
    '1. A database to protect',
    '2. Back it up',
    '3. Look into the vault',
    '4. Restore it into a second server',
    '5. Prove it: the restore drill',
    '6. Would it notice a copy that is not the same?',
    '7. Would it notice a damaged backup?',
  ]);
  const kept = join(tmp, readdirSync(tmp)[0] ?? '');
  expect(readdirSync(kept).sort()).toEqual(['damaged-vault', 'vault']);
  const { checks } = await runJson(checkDocument, [
    'check',
    'shop',
    '--vault',
    pathToFileURL(join(kept, 'vault')).href,
  ]);
  expect(checks[0]?.verdict).toBe('intact');
});

it('removes everything when it is interrupted', async () => {
  const tmp = await temporary();
  const dump = await holdProgram('pg_dump');
  const env = { TMPDIR: tmp, HOLDFAST_PG_BIN: dump.bin };
  const { child, result } = startHoldfast(['demo', '--rows', '2000'], { env });
  await dump.held();
  child.kill('SIGINT');
  expect((await result).code).toBe(130);
  expect(readdirSync(tmp)).toEqual([]);
  expect(await processesMentioning(tmp)).toEqual([]);
});
