/**
 * Runs the tests on servers of several PostgreSQL majors, and prints what they have shown as a Markdown table:
 * npm run test:versions -- [--only 15,17] [--quick] [--write]. Further arguments go to vitest.
 *
 * --only: these majors. --quick: the table alone, without what else is tried on each. --write: puts the table into the
 * documentation, for which all majors have to be there.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { formatMatrix, readCells, writeMatrix } from './versions/matrix.mjs';

const { values, positionals } = parseArgs({
  options: { only: { type: 'string' }, quick: { type: 'boolean' }, write: { type: 'boolean' } },
  allowPositionals: true,
});
if (values.write && (values.only !== undefined || values.quick || positionals.length > 0)) {
  console.error('--write takes a whole run: leave out --only, --quick and file names.');
  process.exit(2);
}

const files = [...(values.quick ? ['test/versions/matrix.test.ts'] : []), ...positionals];
const directory = mkdtempSync(join(tmpdir(), 'hf-cells-'));
try {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'test.mjs'), '--versions', ...files], {
    stdio: 'inherit',
    env: {
      ...process.env,
      HOLDFAST_TEST_CELLS: directory,
      HOLDFAST_TEST_MAJORS: values.only ?? '',
    },
  });
  // A terminal sends Ctrl-C to both.
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  const [status] = await once(child, 'close');
  const cells = readCells(directory);
  if (cells.length > 0) console.log(`\n${formatMatrix(cells)}`);
  if (values.write && status === 0) writeMatrix(cells);
  process.exitCode = status ?? 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}
