import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HoldfastError } from '../../../src/core/errors.js';
import { chooseCompressor } from '../../../src/dump/compression/choose-compressor.js';
import type { CompressionRequest } from '../../../src/dump/compression/method.js';
import { errorOf } from './streams.js';

let root: string;
let everything: { PATH: string };
const nothing = { PATH: '/nonexistent' };

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'holdfast-choose-'));
  everything = { PATH: await directoryWith('all', ['igzip', 'pigz', 'zstd']) };
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function directoryWith(name: string, programs: string[]): Promise<string> {
  const directory = join(root, name);
  await mkdir(directory);
  for (const program of programs) await writeFile(join(directory, program), '#!/bin/sh\n', { mode: 0o755 });
  return directory;
}

async function failure(request: CompressionRequest): Promise<HoldfastError> {
  const error = await errorOf(chooseCompressor(request));
  if (error instanceof HoldfastError) return error;
  throw error;
}

describe('chooseCompressor', () => {
  it('takes igzip at level 1 for gzip where it is installed, else the built-in gzip', async () => {
    expect(await chooseCompressor({ method: 'gzip', env: everything })).toEqual({
      method: 'gzip',
      level: 1,
      program: 'igzip',
      extension: '.gz',
    });
    expect(await chooseCompressor({ method: 'gzip', env: nothing })).toMatchObject({ program: 'builtin', level: 1 });
  });

  it('takes the built-in gzip for a level that igzip does not have', async () => {
    expect(await chooseCompressor({ method: 'gzip', level: 3, env: everything })).toMatchObject({ program: 'igzip' });
    expect(await chooseCompressor({ method: 'gzip', level: 6, env: everything })).toMatchObject({
      program: 'builtin',
      level: 6,
    });
  });

  it('takes the program that was asked for', async () => {
    for (const program of ['builtin', 'igzip', 'pigz'] as const) {
      expect(await chooseCompressor({ method: 'gzip', program, env: everything })).toMatchObject({ program, level: 1 });
    }
  });

  it('takes zstd at level 3 for zstd, and nothing for none', async () => {
    expect(await chooseCompressor({ method: 'zstd', env: everything })).toEqual({
      method: 'zstd',
      level: 3,
      program: 'zstd',
      extension: '.zst',
    });
    expect(await chooseCompressor({ method: 'none', env: everything })).toEqual({
      method: 'none',
      level: null,
      program: null,
      extension: '',
    });
  });

  it('accepts its own answer as a request and repeats it', async () => {
    for (const method of ['gzip', 'zstd', 'none'] as const) {
      const choice = await chooseCompressor({ method, env: everything });
      expect(await chooseCompressor({ ...choice, env: everything })).toEqual(choice);
    }
  });

  it('passes over a file that is not executable, a directory and a relative entry of the PATH', async () => {
    const plain = await directoryWith('plain', ['igzip']);
    await chmod(join(plain, 'igzip'), 0o644);
    await mkdir(join(root, 'folders', 'igzip'), { recursive: true });
    const PATH = [plain, join(root, 'folders'), '.', ''].join(':');
    expect(await chooseCompressor({ method: 'gzip', env: { PATH } })).toMatchObject({ program: 'builtin' });
    expect(await chooseCompressor({ method: 'gzip', env: { PATH: `${PATH}:${everything.PATH}` } })).toMatchObject({
      program: 'igzip',
    });
  });

  it.each([
    ['zstd', undefined, 'zstd', 'apt-get install zstd'],
    ['gzip', 'igzip', 'igzip', 'apt-get install isal'],
    ['gzip', 'pigz', 'pigz', 'apt-get install pigz'],
  ] as const)('names what to install when %s is asked for by %s and that is missing', async (...row) => {
    const [method, program, name, hint] = row;
    const error = await failure({ method, program, env: nothing });
    expect([error.code, error.message]).toEqual([
      'PROGRAM_MISSING',
      `The compression program ${name} is not on the PATH.`,
    ]);
    expect(error.hint).toContain(hint);
  });

  it.each([
    [
      { method: 'gzip', level: 10 },
      'The compression level 10 is refused. Give a level from 1 to 9 for gzip, or from 1 to 19 for zstd.',
    ],
    [
      { method: 'gzip', level: 0, program: 'builtin' },
      'The compression level 0 is refused. Give a level from 1 to 9 for gzip, or from 1 to 19 for zstd.',
    ],
    [
      { method: 'gzip', level: 1.5 },
      'The compression level 1.5 is refused. Give a level from 1 to 9 for gzip, or from 1 to 19 for zstd.',
    ],
    [{ method: 'gzip', level: 4, program: 'igzip' }, 'The compression level 4 is refused. igzip has 1 to 3.'],
    [
      { method: 'zstd', level: 22 },
      'The compression level 22 is refused. Give a level from 1 to 9 for gzip, or from 1 to 19 for zstd.',
    ],
    [{ method: 'zstd', program: 'pigz' }, 'pigz does not produce zstd: choose another program, or "auto".'],
    [
      { method: 'none', level: 1 },
      'The compression level 1 is refused. Without compression there is no level: leave it out.',
    ],
    [{ method: 'none', program: 'pigz' }, 'Compression "none" needs no program, but got pigz.'],
  ] as const)('refuses %o as wrong usage', async (request, message) => {
    const error = await failure({ ...request, env: everything });
    expect([error.code, error.message]).toEqual(['USAGE', message]);
  });
});
