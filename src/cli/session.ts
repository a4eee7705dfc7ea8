/** What a command works with, made of its global options and of what the process was started with. */
import type { Readable } from 'node:stream';
import type { Clock } from '../core/clock.js';
import type { Logger } from '../core/logger.js';
import type { ProgressDisplay } from './progress/progress-display.js';
import type { ConfigSource } from './inputs/config-source.js';
import type { Style } from './text/style.js';

/** The options that every command takes. */
export interface GlobalOptions {
  readonly json?: boolean;
  readonly config?: string;
  readonly env?: string;
  readonly vault?: string;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  /** False with `--no-color`. */
  readonly color: boolean;
}

export interface Session {
  readonly options: GlobalOptions;
  /** The environment of the process. */
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly config: ConfigSource;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly progress: ProgressDisplay;
  readonly signal: AbortSignal;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WriteStream;
  /** Shows text at once, before the command has ended; nothing with `--json`. */
  readonly say: (text: string) => void;
  /** Of standard output. */
  readonly style: Style;
}
