/** The log goes to standard error, so that standard output stays for results. */
export interface Logger {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
}

/** Discards everything. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {} };

/** What is printed: `quiet` warnings only, `normal` also information, `verbose` also debug lines. */
export type LogLevel = 'quiet' | 'normal' | 'verbose';

/**
 * A logger that passes each admitted message to `write` as one line.
 *
 * @param decorate turns a level and a message into the line; plain `level: message` by default
 */
export function createLogger(
  level: LogLevel,
  write: (line: string) => void,
  decorate: (severity: 'debug' | 'info' | 'warn', message: string) => string = plainLine,
): Logger {
  return {
    debug: (message) => level === 'verbose' && write(decorate('debug', message)),
    info: (message) => level !== 'quiet' && write(decorate('info', message)),
    warn: (message) => write(decorate('warn', message)),
  };
}

function plainLine(severity: 'debug' | 'info' | 'warn', message: string): string {
  return severity === 'info' ? message : `${severity === 'warn' ? 'warning' : severity}: ${message}`;
}
