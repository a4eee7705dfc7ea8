/**
 * Compiles src into dist, bundles the command line, the worker and the rotation functions, and knows whether dist is
 * current.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleCli } from './cli-bundle.mjs';
import { bundleRotation } from './rotation-bundle.mjs';
import { bundleWorker } from './worker-bundle.mjs';

const ROOT = join(import.meta.dirname, '../..');
const DIST = join(ROOT, 'dist');
/** TypeScript's native compiler, three times as fast. ESLint wants the other one, which has an interface for programs. */
const TSC = join(ROOT, 'node_modules/typescript-native/bin/tsc');
const BUNDLE = join(DIST, 'bundle/');
const KEEP_CHUNKS_MS = 3_600_000;
/** Holds the digest of what dist was made from; written last. */
const STAMP = join(DIST, '.sources');

/** Builds unless dist was made from the current sources. @returns whether it built */
export async function buildIfStale() {
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === sourcesDigest()) return false;
  await build();
  return true;
}

export function compilerIsThere() {
  return existsSync(TSC);
}

/**
 * Writes over the old files and removes those that no longer have a source: a command that runs meanwhile never
 * finds dist empty, and a type error leaves it as it was.
 */
export async function build() {
  // Taken first: a source that changes while the compiler runs makes the result stale.
  const digest = sourcesDigest();
  console.error('Building dist: tsc …');
  rmSync(STAMP, { force: true });
  const args = [TSC, '-p', 'tsconfig.build.json', '--noEmitOnError', '--listEmittedFiles', '--pretty', 'false'];
  const result = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
  const lines = result.stdout.split('\n');
  if (result.status !== 0) {
    const errors = lines.filter((line) => line !== '' && !line.startsWith('TSFILE: ')).join('\n');
    throw new Error(`The build failed:\n${errors}${result.stderr}`);
  }
  const emitted = new Set(
    lines.filter((line) => line.startsWith('TSFILE: ')).map((line) => line.slice('TSFILE: '.length)),
  );
  if (emitted.size === 0) throw new Error('The build failed: the compiler wrote nothing.');
  for (const path of await bundleCli(ROOT)) emitted.add(path);
  const worker = await bundleWorker(ROOT);
  for (const path of Object.keys(worker.outputs)) emitted.add(join(ROOT, path));
  const rotation = await bundleRotation(ROOT);
  for (const path of Object.keys(rotation.outputs)) emitted.add(join(ROOT, path));
  for (const path of filesIn(DIST)) if (!emitted.has(path) && !mayBeLoaded(path)) rmSync(path);
  writeFileSync(STAMP, digest);
}

/** A command that has run since before this build still loads the bundle's chunks by their old names. */
function mayBeLoaded(path) {
  return path.startsWith(BUNDLE) && Date.now() - statSync(path).mtimeMs < KEEP_CHUNKS_MS;
}

function sourcesDigest() {
  const hash = createHash('sha256');
  const settings = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json'].map((name) => join(ROOT, name));
  for (const path of [...settings, ...filesIn(join(ROOT, 'src')), ...filesIn(join(ROOT, 'scripts/build'))])
    hash.update(`${path.slice(ROOT.length)}\0`).update(readFileSync(path));
  return hash.digest('hex');
}

function filesIn(directory) {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
