/** What a command is given on its standard input. */
import { addAbortSignal } from 'node:stream';
import { throwIfAborted } from '../../core/cancellation.js';
import { Secret } from '../../core/secret.js';
import type { Session } from '../session.js';

/** All of standard input, without the line end that shells and editors append. */
export async function readInput({ stdin, signal }: Session): Promise<Secret> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of addAbortSignal(signal, stdin)) chunks.push(Buffer.from(chunk as Buffer));
  } catch (error) {
    throwIfAborted(signal);
    throw error;
  }
  return new Secret(
    Buffer.concat(chunks)
      .toString('utf8')
      .replace(/\r?\n$/, ''),
  );
}
