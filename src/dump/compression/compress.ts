/** Compresses a byte stream: with a program where that is faster, otherwise in this process. */
import { basename } from 'node:path';
import { HoldfastError } from '../../core/errors.js';
import { abortable } from '../../core/abortable.js';
import { chooseCompressor, requireProgram } from './choose-compressor.js';
import { SegmentEnd, type Framing, type Piece } from '../segments/segment.js';
import { inMembers } from './members.js';
import type { CompressionChoice, CompressionProgram, CompressionRequest } from './method.js';
import { gzipInParallel } from './parallel-gzip.js';
import { ProgramRuns } from './program-runs.js';

export interface CompressOptions extends CompressionRequest {
  readonly signal?: AbortSignal | undefined;
}

/**
 * The compressed stream. It ends normally only if the source did and every byte of it was taken.
 *
 * @param source its chunks must not be changed afterwards
 * @throws HoldfastError, from the iterator: as for {@link chooseCompressor}; COMPRESSION_FAILED with the program's
 *   words; the signal's error when aborted; whatever the source throws, unchanged
 */
export async function* compress(
  source: AsyncIterable<Uint8Array>,
  options: CompressOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of compressSegments(source, options)) if (!(piece instanceof SegmentEnd)) yield piece;
}

/**
 * The same for a stream with the ends of segments in it: each segment is compressed so that it can be read alone, as
 * {@link framingOf} says, and its end comes out behind its last byte. Errors as for {@link compress}.
 */
export async function* compressSegments(
  source: AsyncIterable<Piece>,
  options: CompressOptions,
): AsyncGenerator<Piece, void, undefined> {
  const { signal, env } = options;
  const { program, level } = await chooseCompressor(options);
  if (program === null || level === null) {
    yield* abortable(source, signal);
  } else if (program === 'builtin') {
    yield* gzipInParallel(source, level, signal);
  } else {
    const command = await requireProgram(program, env);
    const runs = new ProgramRuns({
      command,
      args: argumentsOf(program, level),
      signal,
      fail: (what) =>
        new HoldfastError('COMPRESSION_FAILED', `Compressing the dump failed: ${basename(command)} ${what}`),
      inspect: program === 'zstd' ? hasOutput : endsWithGzipSize,
    });
    yield* inMembers(source, runs, signal);
  }
}

/** What a segment is in the stream that {@link compressSegments} makes. */
export function framingOf({ method, program }: CompressionChoice): Framing {
  return program === 'builtin' ? 'deflate' : method;
}

function argumentsOf(program: Exclude<CompressionProgram, 'builtin'>, level: number): string[] {
  switch (program) {
    case 'igzip':
      return [`-${level}`, '-c'];
    case 'pigz':
      return [`-${level}`, '-c', '-n'];
    case 'zstd':
      return [`-${level}`, '-q', '-c'];
  }
}

/**
 * A program may exit with 0 and still have dropped the end of its input: gzip's last four bytes say how much it saw.
 */
function endsWithGzipSize(lastBytes: Uint8Array, inputBytes: number): string | undefined {
  if (lastBytes.length < 4) return 'wrote no gzip file.';
  const seen = Buffer.from(lastBytes).readUInt32LE(lastBytes.length - 4);
  const expected = inputBytes % 2 ** 32;
  if (seen === expected) return undefined;
  return `compressed a different number of bytes than it was given (modulo 2^32: ${seen} instead of ${expected}).`;
}

function hasOutput(lastBytes: Uint8Array): string | undefined {
  return lastBytes.length === 0 ? 'wrote nothing.' : undefined;
}
