/** YAML, and JSON read by the same parser: it knows the line of every value, and refuses a key that is given twice. */
import { HoldfastError } from '../core/errors.js';
import type { Path } from './problems.js';
import type { SourceDocument } from './source-document.js';

/** @throws HoldfastError CONFIG_INVALID with the line of each error */
export async function readYaml(file: string, text: string): Promise<SourceDocument> {
  const { isNode, isPair, isMap, LineCounter, parseDocument } = await import('./yaml-parser.js');
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false });
  const toFault = ({ message, pos }: { message: string; pos: [number, number] }): Fault => ({
    line: lines.linePos(pos[0]).line,
    message,
  });
  if (document.errors.length > 0) throw syntaxError(file, document.errors.map(toFault));

  const lineOf = (path: Path): number | undefined => {
    const last = path.at(-1);
    const parent: unknown = path.length === 0 ? undefined : document.getIn(path.slice(0, -1), true);
    // The key's own line: a value may begin on the next one.
    const pair = isMap(parent)
      ? parent.items.find((item) => isPair(item) && String(item.key) === String(last))
      : undefined;
    const node: unknown = pair ? pair.key : path.length === 0 ? undefined : document.getIn(path, true);
    return isNode(node) && node.range ? lines.linePos(node.range[0]).line : undefined;
  };
  return {
    value: toValue(file, () => document.toJS()),
    spelling: { nameOf: (path) => path, keyOf: (key) => key, lineOf },
    problems: [],
    warnings: document.warnings.map((warning) => `${file}, ${describeFault(toFault(warning))}`),
  };
}

/** @throws HoldfastError CONFIG_INVALID with the line */
export async function readJson(file: string, text: string): Promise<SourceDocument> {
  try {
    JSON.parse(text);
  } catch (error) {
    throw syntaxError(file, [jsonFault(error as SyntaxError, text)]);
  }
  return readYaml(file, text);
}

/** The parser says `at position N`; its excerpt of the text is left out, since it may contain a secret. */
function jsonFault(error: SyntaxError, text: string): Fault {
  const position = /at position (\d+)/.exec(error.message)?.[1];
  const before = text.slice(0, position === undefined ? text.length : Number(position));
  const what = position === undefined ? 'the text ends too early or is not JSON' : 'this is not JSON';
  return {
    line: before.split('\n').length,
    message: `${what}. Strings and keys need double quotes; no comments, no comma after the last item.`,
  };
}

/** Where a text cannot be parsed. */
interface Fault {
  readonly line: number;
  readonly message: string;
}

function describeFault({ line, message }: Fault): string {
  return `line ${line}: ${message}`;
}

function syntaxError(file: string, faults: readonly Fault[]): HoldfastError {
  const list = faults.map((fault) => `  ${describeFault(fault)}`).join('\n');
  return new HoldfastError('CONFIG_INVALID', `${file} cannot be parsed:\n${list}`, {
    details: { problems: faults.map((fault) => ({ path: null, ...fault })) },
  });
}

/** Aliases that expand without end are detected only here. */
function toValue(file: string, convert: () => unknown): unknown {
  try {
    return convert();
  } catch (error) {
    throw new HoldfastError('CONFIG_INVALID', `${file} cannot be parsed: its aliases do not resolve.`, {
      cause: error,
    });
  }
}
