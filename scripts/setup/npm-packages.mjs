/** npm packages, exactly as the lock file has them. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** Runs `npm ci` unless what is installed is what the lock file says. @returns whether it did */
export function installNpmPackages() {
  const reason = staleness();
  if (reason === undefined) return false;
  console.error(`Installing the npm packages (${reason}): npm ci …`);
  const npm = process.env.npm_execpath;
  const args = ['ci', '--no-audit', '--no-fund'];
  // Run by npm, its own path is known; on its own, npm is on the PATH.
  const result = npm
    ? spawnSync(process.execPath, [npm, ...args], { cwd: ROOT, encoding: 'utf8' })
    : spawnSync('npm', args, { cwd: ROOT, encoding: 'utf8' });
  if (result.status === 0) return true;
  const output = result.error?.message ?? `${result.stdout}${result.stderr}`.trim();
  throw new Error(`npm ci failed:\n${output}\nRepair what it names (network, registry, disk), then run this again.`);
}

/**
 * Why the packages have to be installed, or `undefined`.
 *
 * npm writes `node_modules/.package-lock.json` as the last step of an installation, so an interrupted one has none.
 */
function staleness() {
  const wanted = packagesOf('package-lock.json');
  const installed = packagesOf('node_modules/.package-lock.json');
  if (!wanted)
    throw new Error('package-lock.json is missing or damaged: restore it with git checkout package-lock.json.');
  if (!installed) return 'there are none yet';
  for (const [path, entry] of Object.entries(wanted)) {
    const present = installed[path];
    // Optional packages are for one platform each: those for others are absent.
    if (path === '' || (entry.optional && !present)) continue;
    if (present?.version !== entry.version || present?.integrity !== entry.integrity)
      return 'they differ from package-lock.json';
  }
  return undefined;
}

function packagesOf(path) {
  try {
    return JSON.parse(readFileSync(join(ROOT, path), 'utf8')).packages;
  } catch {
    return undefined;
  }
}
