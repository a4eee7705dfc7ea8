/** Terraform variable files: those of the layer-2 backup module as they are, and every option in Terraform's spelling. */
import path from 'node:path';
import { HoldfastError, messageOf } from '../core/errors.js';
import type { SourceDocument } from './source-document.js';
import { convertTfvars } from './tfvars-convert.js';

/** @throws HoldfastError CONFIG_INVALID with the line of each syntax error */
export async function readTfvars(file: string, text: string): Promise<SourceDocument> {
  if (file.endsWith('.json')) {
    const { readJson } = await import('./read-yaml.js');
    return convertTfvars(file, (await readJson(file, text)).value);
  }
  // Imported only here: it loads a WebAssembly module of several megabytes.
  const { default: hcl } = await import('@cdktn/hcl2json');
  let parsed: unknown;
  try {
    parsed = await hcl.parse(path.basename(file), text);
  } catch (error) {
    const faults = splitErrors(messageOf(error));
    const list = faults.map(({ line, column, message }) =>
      line === null ? `  ${message}` : `  line ${line}, column ${column}: ${message}`,
    );
    throw new HoldfastError('CONFIG_INVALID', `${file} cannot be parsed:\n${list.join('\n')}`, {
      cause: error,
      details: { problems: faults.map(({ line, message }) => ({ path: null, line, message })) },
    });
  }
  return convertTfvars(file, parsed);
}

/** The parser joins its diagnostics: `parse config: [FILE:2,7-3,1: Summary; Detail. FILE:…]`. */
function splitErrors(message: string): { line: number | null; column: number | null; message: string }[] {
  const body = message.replace(/^parse config: \[/, '').replace(/\]$/, '');
  const found = [...body.matchAll(/\S*?:(\d+),(\d+)-[\d,]+: (.*?)(?=\s+\S*?:\d+,\d+-[\d,]+: |$)/gs)];
  if (found.length === 0) return [{ line: null, column: null, message: body }];
  return found.map(([, line, column, what = '']) => ({
    line: Number(line),
    column: Number(column),
    message: what.replace('; ', ': '),
  }));
}
