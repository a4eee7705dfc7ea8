import { HoldfastError } from '../../core/errors.js';
import { findProgram } from '../../core/find-program.js';
import { levelProblem } from '../../syntax/compression.js';
import {
  compressionPrograms,
  type CompressionChoice,
  type CompressionProgram,
  type CompressionRequest,
} from './method.js';

const EXTENSIONS = { gzip: '.gz', zstd: '.zst', none: '' } as const;

/**
 * Decides what compresses, and at which level, before anything starts.
 *
 * @throws HoldfastError USAGE for a level or a program that does not fit the method; PROGRAM_MISSING when a requested
 *   program, or zstd, is not on the PATH
 */
export async function chooseCompressor(request: CompressionRequest): Promise<CompressionChoice> {
  const { method } = request;
  if (method === 'none') {
    const level = request.level ?? null;
    if (level !== null) refuseLevel(level, levelProblem(level, method));
    if (isNamed(request.program))
      throw refusedChoice(`Compression "none" needs no program, but got ${request.program}.`);
    return { method, level: null, program: null, extension: '' };
  }
  const program = isNamed(request.program) ? checkMethod(request, request.program) : await preferredProgram(request);
  const level = checkLevel(program, request.level);
  if (program !== 'builtin') await requireProgram(program, request.env);
  return { method, level, program, extension: EXTENSIONS[method] };
}

/**
 * The absolute path of a compression program.
 *
 * @throws HoldfastError PROGRAM_MISSING, which says what to install
 */
export async function requireProgram(
  program: Exclude<CompressionProgram, 'builtin'> | 'lz4',
  env: CompressionRequest['env'],
): Promise<string> {
  const path = await findProgram(program, env);
  if (path !== undefined) return path;
  const debian = program === 'lz4' ? program : (compressionPrograms[program].debian ?? program);
  const install = `Install it (Debian: apt-get install ${debian})`;
  const other = program === 'zstd' ? 'use gzip, which needs no program' : 'leave the choice of program to "auto"';
  throw new HoldfastError('PROGRAM_MISSING', `The compression program ${program} is not on the PATH.`, {
    hint: program === 'lz4' ? `${install}.` : `${install}, or ${other}.`,
  });
}

function isNamed(program: CompressionRequest['program']): program is CompressionProgram {
  return (program ?? 'auto') !== 'auto';
}

function checkMethod(request: CompressionRequest, program: CompressionProgram): CompressionProgram {
  if (compressionPrograms[program].method === request.method) return program;
  throw refusedChoice(`${program} does not produce ${request.method}: choose another program, or "auto".`);
}

async function preferredProgram({ method, level, env }: CompressionRequest): Promise<CompressionProgram> {
  if (method === 'zstd') return 'zstd';
  // pigz is no faster than the built-in gzip, so only igzip is worth a process of its own.
  const igzipHasLevel = (level ?? 1) <= compressionPrograms.igzip.maxLevel;
  return igzipHasLevel && (await findProgram('igzip', env)) !== undefined ? 'igzip' : 'builtin';
}

function checkLevel(program: CompressionProgram, level: number | null | undefined): number {
  const { method, maxLevel, defaultLevel } = compressionPrograms[program];
  if (level === null || level === undefined) return defaultLevel;
  refuseLevel(level, levelProblem(level, method));
  refuseLevel(level, level > maxLevel ? `${program} has 1 to ${maxLevel}.` : undefined);
  return level;
}

function refuseLevel(level: number, problem: string | undefined): void {
  if (problem !== undefined) throw refusedChoice(`The compression level ${level} is refused. ${problem}`);
}

function refusedChoice(message: string): HoldfastError {
  return new HoldfastError('USAGE', message);
}
