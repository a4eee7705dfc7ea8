/**
 * Progress on standard error: one line that is drawn again and again on a terminal, a plain line now and then
 * elsewhere. What it is told comes for every piece of data, so telling it costs next to nothing.
 */
import type { Ora } from 'ora';
import type { Progress, ProgressListener } from '../../backup/operation/context.js';
import { formatBytes } from '../../core/amounts.js';
import { printableLine } from '../../core/printable.js';
import { describeProgress } from './describe-progress.js';
import { RateMeter } from './rate-meter.js';

const DRAW_MS = 200;
const PLAIN_MS = 30_000;

export interface ProgressDisplay {
  readonly listener: ProgressListener;
  /** Whether it is drawn on a terminal. */
  readonly interactive: boolean;
  /** Begins to show; `total` is how many operations there will be. */
  start(total: number): void;
  /** One operation begins. @param doing `backing up` */
  begin(database: string, doing: string): void;
  /** One operation has ended. @param outcome `2,000 rows` */
  end(database: string, outcome: string): void;
  /** Removes the line. Harmless when nothing is shown. */
  stop(): void;
}

export interface ProgressOptions {
  readonly stream: NodeJS.WriteStream;
  /** Nothing is shown. */
  readonly quiet: boolean;
  readonly env: NodeJS.ProcessEnv;
  /** `--no-color` makes it false. */
  readonly color: boolean;
}

interface Running {
  /** Shown until the work itself tells more. */
  readonly doing: string;
  progress: Progress | undefined;
  readonly meter: RateMeter;
}

export async function createProgressDisplay(options: ProgressOptions): Promise<ProgressDisplay> {
  const { stream, quiet } = options;
  const terminal = stream.isTTY && options.env.TERM !== 'dumb';
  const running = new Map<string, Running>();
  let total = 0;
  let ended = 0;
  const draw = terminal ? terminalLine(options, await createSpinner(options)) : plainLines(stream);
  let timer: NodeJS.Timeout | undefined;

  const update = () => {
    const now = performance.now();
    for (const { meter, progress } of running.values()) if (progress) meter.add(now, progress.bytes);
    draw.update(describeRunning(running, ended, total));
  };
  return {
    interactive: terminal && !quiet,
    listener: (progress) => {
      const entry = running.get(progress.database);
      if (entry) entry.progress = progress;
    },
    start: (count) => {
      if (quiet) return;
      total = count;
      ended = 0;
      running.clear();
      clearInterval(timer);
      timer = setInterval(update, terminal ? DRAW_MS : PLAIN_MS);
      timer.unref();
    },
    begin: (database, doing) => {
      if (timer === undefined) return;
      running.set(database, { doing, progress: undefined, meter: new RateMeter() });
      draw.begin(`${printableLine(database)}: ${doing}`);
    },
    end: (database, outcome) => {
      if (timer === undefined) return;
      running.delete(database);
      ended++;
      // On a terminal the result follows at once where there is only one.
      if (total > 1 || !terminal) draw.say(`${printableLine(database)}: ${outcome}`);
      if (terminal) update();
    },
    stop: () => {
      clearInterval(timer);
      timer = undefined;
      draw.stop();
    },
  };
}

/** One operation in full, several summed up. */
function describeRunning(running: ReadonlyMap<string, Running>, ended: number, total: number): string {
  const entries = [...running];
  const [first] = entries;
  if (first && entries.length === 1) {
    const [database, { doing, progress, meter }] = first;
    const text = progress ? describeProgress(progress, meter.rate()) : `${database}: ${doing}`;
    return printableLine(total > 1 ? `${text}  (${ended + 1} of ${total})` : text);
  }
  const bytes = entries.reduce((sum, [, { progress }]) => sum + (progress?.bytes ?? 0), 0);
  const rate = entries.reduce((sum, [, { meter }]) => sum + (meter.rate() ?? 0), 0);
  const names = entries.map(([database]) => database).join(', ');
  const amount = bytes > 0 ? `  ${formatBytes(bytes)}` : '';
  const speed = rate > 0 ? `  ${formatBytes(rate)}/s` : '';
  return printableLine(`${ended} of ${total} done, running: ${names}${amount}${speed}`);
}

interface Drawing {
  begin(text: string): void;
  update(text: string): void;
  say(text: string): void;
  stop(): void;
}

/** Loaded here: a backup that a scheduler runs has no terminal, and starts a tenth of a second sooner without it. */
async function createSpinner({ stream, env, color }: ProgressOptions): Promise<Ora> {
  const { default: ora } = await import('ora');
  const colored = color && !env.NO_COLOR;
  // Standard input stays the terminal's: ora would otherwise take Ctrl-C as a key.
  return ora({ stream, discardStdin: false, color: colored ? 'cyan' : undefined });
}

function terminalLine({ stream }: ProgressOptions, spinner: Ora): Drawing {
  // A line that wraps cannot be drawn over cleanly: the end of it is left out.
  const fit = (text: string) => cut(text, Math.max(20, (stream.columns ?? 80) - 3));
  return {
    begin: (text) => {
      spinner.text = fit(text);
      if (!spinner.isSpinning) spinner.start();
    },
    update: (text) => {
      spinner.text = fit(text);
    },
    // ora takes its line away while others are written.
    say: (text) => stream.write(`${text}\n`),
    stop: () => {
      if (spinner.isSpinning) spinner.stop();
    },
  };
}

function plainLines(stream: NodeJS.WriteStream): Drawing {
  const say = (text: string) => stream.write(`${text}\n`);
  return { begin: say, update: say, say, stop: () => {} };
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}
