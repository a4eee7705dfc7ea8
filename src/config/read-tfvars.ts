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
    throw new HoldfastError('CONFIG_INVALID', `${file} cannot be parsed:\n${describeErrors(messageOf(error))}`, {
      cause: error,
    });
  }
  return convertTfvars(file, parsed);
}

/** The parser joins its diagnostics: `parse config: [FILE:2,7-3,1: Summary; Detail. FILE:…]`. */
function describeErrors(message: string): string {
  const body = message.replace(/^parse config: \[/, '').replace(/\]$/, '');
  const found = [...body.matchAll(/\S*?:(\d+),(\d+)-[\d,]+: (.*?)(?=\s+\S*?:\d+,\d+-[\d,]+: |$)/gs)];
  if (found.length === 0) return `  ${body}`;
  return found
    .map(([, line, column, what]) => `  line ${line}, column ${column}: ${what?.replace('; ', ': ')}`)
    .join('\n');
}
