/** What is wrong with a config file: collected, and reported all at once. */
import { HoldfastError } from '../core/errors.js';
import { showPath, type Path } from '../core/show-path.js';

export type { Path };

export interface Problem {
  /** In the schema's spelling. */
  readonly path: Path;
  /** Full sentences: the value received, and what to change. Never a secret. */
  readonly message: string;
}

/** How a file's own text relates to the schema's paths. */
export interface Spelling {
  /** The path as the file spells it. */
  readonly nameOf: (path: Path) => Path;
  /** One of the schema's keys as the file spells it. */
  readonly keyOf: (key: string) => string;
  /** The line of a value, counted from 1, if the format has lines. */
  readonly lineOf: (path: Path) => number | undefined;
}

/** The spelling of a file that uses the schema's own keys and gives no lines. */
export const PLAIN_SPELLING: Spelling = { nameOf: (path) => path, keyOf: (key) => key, lineOf: () => undefined };

/** One CONFIG_INVALID for all problems of a file, one line each, in the order of the file where its lines are known. */
export function configError(file: string, problems: readonly Problem[], spelling: Spelling): HoldfastError {
  const ordered = [...problems].sort((a, b) => (spelling.lineOf(a.path) ?? 0) - (spelling.lineOf(b.path) ?? 0));
  // Two checks may find the same; it is told once.
  const byLine = new Map(ordered.map((problem) => [`  ${describeProblem(problem, spelling)}`, problem]));
  const count = byLine.size === 1 ? '1 problem' : `${byLine.size} problems`;
  return new HoldfastError('CONFIG_INVALID', `${file} has ${count}:\n${[...byLine.keys()].join('\n')}`, {
    details: {
      problems: [...byLine.values()].map(({ path, message }) => ({
        path: path.length === 0 ? null : showPath(spelling.nameOf(path)),
        line: spelling.lineOf(path) ?? null,
        message,
      })),
    },
  });
}

/** `databases[0].port (line 7)`. */
export function describePath(path: Path, spelling: Spelling): string {
  const line = spelling.lineOf(path);
  return showPath(spelling.nameOf(path)) + (line === undefined ? '' : ` (line ${line})`);
}

function describeProblem(problem: Problem, spelling: Spelling): string {
  return `${describePath(problem.path, spelling)}: ${problem.message}`;
}

/** The value at a path of a parsed file. */
export function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    root,
  );
}
