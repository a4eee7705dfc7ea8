/** Questions on a terminal. They are asked on standard error, so that standard output stays for results. */
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { abortError } from '../../core/cancellation.js';
import { HoldfastError } from '../../core/errors.js';
import type { Session } from '../session.js';

type Asking = Pick<Session, 'stdin' | 'stderr' | 'signal'>;

/** Whether there is somebody to ask. */
export function canAsk({ stdin, stderr }: Pick<Session, 'stdin' | 'stderr'>): boolean {
  return stdin.isTTY === true && stderr.isTTY;
}

/** One line, trimmed. @throws the signal's error; HoldfastError DECLINED when the terminal is closed instead */
export async function askLine(session: Asking, question: string): Promise<string> {
  return (await ask(session, question, false)).trim();
}

/** One line that is not shown as it is typed, as it was typed. @throws as {@link askLine} */
export function askHidden(session: Asking, question: string): Promise<string> {
  return ask(session, question, true);
}

/** `yes` or `y`; anything else is no. */
export async function askYesNo(session: Asking, question: string): Promise<boolean> {
  return /^y(es)?$/i.test(await askLine(session, `${question} [y/N] `));
}

function ask({ stdin, stderr, signal }: Asking, question: string, hidden: boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    const output = hidden ? nowhere() : stderr;
    // From here on the terminal shows nothing by itself: the question comes after, for those who type as soon as they see it.
    const lines = createInterface({ input: stdin, output, terminal: true, historySize: 0 });
    const onAbort = () => {
      reject(abortError(signal));
      lines.close();
    };
    // The interface takes Ctrl-C as a key: it is passed on as what it means everywhere else.
    lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    lines.on('close', () => {
      signal.removeEventListener('abort', onAbort);
      if (hidden) stderr.write('\n');
      reject(new HoldfastError('DECLINED', 'The question was not answered.'));
    });
    signal.addEventListener('abort', onAbort, { once: true });
    if (hidden) stderr.write(question);
    lines.question(hidden ? '' : question, (answer) => {
      resolve(answer);
      lines.close();
    });
  });
}

function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}
