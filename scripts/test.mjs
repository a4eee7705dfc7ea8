/**
 * Runs the tests: everything but the long ones, with --long only those, or with --versions those on several majors of
 * PostgreSQL. Further arguments go to vitest
 * (npm test -- test/dump). The last line is `N passed, N failed`, `, N skipped` where there are any.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { buildIfStale } from './build/build.mjs';
import { temporaryParent } from './test/temporary-parent.mjs';
import { missingFromLongest } from '../test/longest-first.mjs';

const ROOT = join(import.meta.dirname, '..');
const args = process.argv.slice(2);
const long = args.includes('--long');
const versions = args.includes('--versions');
const projects = long ? ['long'] : versions ? ['versions'] : ['unit', 'integration'];

// The tests of the command line run what is built.
try {
  await buildIfStale();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

// Everything temporary goes in here, and is removed with it. The name is short, as the paths of sockets have to be.
const directory = mkdtempSync(join(temporaryParent({ large: long || versions }), 'hf-'));
// Open to all, as the system's is: root's servers run as another user.
chmodSync(directory, 0o1777);
try {
  const report = join(directory, 'report.json');
  const status = await run([
    join(ROOT, 'node_modules/vitest/vitest.mjs'),
    'run',
    ...projects.flatMap((project) => ['--project', project]),
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...args.filter((arg) => arg !== '--long' && arg !== '--versions'),
  ]);
  const { passed, failed, skipped, slow } = count(report, status);
  if (passed + failed === 0) console.error('No test ran.');
  for (const path of slow)
    console.error(`${path} takes long: add it to test/longest-first.mjs, so that it starts early.`);
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
} finally {
  await remove(directory);
}

/** Workers that were told to stop may keep writing for a moment after the process that told them has ended. */
async function remove(path) {
  for (let tries = 50; ; tries -= 1) {
    try {
      return rmSync(path, { recursive: true, force: true });
    } catch (error) {
      if (error.code !== 'ENOTEMPTY' || tries === 0) throw error;
      await setTimeout(100);
    }
  }
}

/** Runs it to its end, even when we are told to stop: what it has created must be removed. @returns its exit status */
async function run(commandLine) {
  const child = spawn(process.execPath, commandLine, {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, TMPDIR: directory },
  });
  // A terminal sends Ctrl-C to both.
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  const [status] = await once(child, 'close');
  return status;
}

/** A file that cannot be loaded, an error outside of every test and a runner that died count as failures too. */
function count(path, status) {
  let report;
  try {
    report = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return { passed: 0, failed: 1, skipped: 0, slow: [] };
  }
  const unloadable = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  );
  const failed = report.numFailedTests + unloadable.length;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && status !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
    slow: missingFromLongest(
      new Map(report.testResults.map(({ name, startTime, endTime }) => [relative(ROOT, name), endTime - startTime])),
    ),
  };
}
