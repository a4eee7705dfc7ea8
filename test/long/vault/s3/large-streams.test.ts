/** Memory does not depend on how large a stream is, or is expected to be. */
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { startCountingSink, type CountingSink } from '../../../emulator/counting-sink.js';
import { temporaryDirectory } from '../../../helpers/temporary-directory.js';

const MIB = 1 << 20;
const TB = 1e12;
const LIMIT = 250e6;
const JITI = join(import.meta.dirname, '../../../../node_modules/jiti/lib/jiti-cli.mjs');
const SCRIPT = join(import.meta.dirname, 'upload-process.ts');

let sink: CountingSink | undefined;
afterEach(() => sink?.stop());

async function upload(bytes: number, expectedBytes: number, directory = temporaryDirectory()) {
  sink = await startCountingSink();
  const args = [JITI, SCRIPT, sink.endpoint, String(bytes), String(expectedBytes)];
  const env = { PATH: process.env.PATH, HOME: '/nonexistent', TMPDIR: directory };
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  const result = JSON.parse(stdout) as { size: number; most: number; before: number };
  expect(result.size).toBe(bytes);
  expect(sink.faults).toEqual([]);
  expect(sink.completedBytes).toBe(bytes);
  return { ...result, parts: [...sink.parts].sort(([a], [b]) => a - b).map(([, size]) => size) };
}

describe('a stream of 800 MiB', () => {
  it('of unknown length is sent in small parts, four of them at a time', async () => {
    const { most, parts } = await upload(800 * MIB, 0);
    expect(parts).toEqual(Array.from({ length: 100 }, () => 8 * MIB));
    expect(sink?.mostUnderWay).toBeLessThanOrEqual(4 * 8 * MIB);
    expect(most).toBeLessThan(LIMIT);
  }, 120_000);

  it('that was expected to be 2 TB is sent in parts that stay in memory, within the same limit', async () => {
    const { most, parts } = await upload(16 * 48 * MIB, 2 * TB);
    expect(parts).toEqual(Array.from({ length: 16 }, () => 48 * MIB));
    expect(sink?.mostUnderWay).toBeLessThanOrEqual(48 * MIB);
    expect(most).toBeLessThan(LIMIT);
  }, 120_000);

  it('that was expected to be 20 TB waits for its end on disk, where nothing of it stays', async () => {
    const directory = temporaryDirectory();
    const { most, parts } = await upload(800 * MIB, 20 * TB, directory);
    expect(parts).toEqual([800 * MIB]);
    expect(most).toBeLessThan(LIMIT);
    expect((await readdir(directory)).filter((name) => name.startsWith('holdfast-part'))).toEqual([]);
  }, 120_000);
});
