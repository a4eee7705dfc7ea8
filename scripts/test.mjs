/**
 * Runs the tests: everything but the long ones, or with --long only those. Further arguments go to vitest
 * (npm test -- test/dump). The last line is `N passed, N failed`, `, N skipped` where there are any.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildIfStale } from './build/build.mjs';

const ROOT = join(import.meta.dirname, '..');
const args = process.argv.slice(2);
const projects = args.includes('--long') ? ['long'] : ['unit', 'integration'];

// The tests of the command line run what is built.
try {
  await buildIfStale();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

// Everything temporary goes in here, and with it. The name is short, as the paths of sockets have to be.
const directory = mkdtempSync(join(tmpdir(), 'hf-'));
// Open to all, as the system's is: root's servers run as another user.
chmodSync(directory, 0o1777);
try {
  const report = join(directory, 'report.json');
  const { status } = spawnSync(
    process.execPath,
    [
      join(ROOT, 'node_modules/vitest/vitest.mjs'),
      'run',
      ...projects.flatMap((project) => ['--project', project]),
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      ...args.filter((arg) => arg !== '--long'),
    ],
    { cwd: ROOT, stdio: 'inherit', env: { ...process.env, TMPDIR: directory } },
  );
  const { passed, failed, skipped } = count(report, status);
  if (passed + failed === 0) console.error('No test ran.');
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
} finally {
  rmSync(directory, { recursive: true, force: true });
}

/** A file that cannot be loaded, an error outside of every test and a runner that died count as failures too. */
function count(path, status) {
  let report;
  try {
    report = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const unloadable = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  );
  const failed = report.numFailedTests + unloadable.length;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && status !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}
