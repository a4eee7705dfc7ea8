/** Where each format of a report goes. */
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Rendering } from '../../audit/report/document.js';
import { renderHtml } from '../../audit/report/html/render-html.js';
import { renderCsv } from '../../audit/report/render-csv.js';
import { renderJson } from '../../audit/report/render-json.js';
import { renderJunit } from '../../audit/report/render-junit.js';
import { renderMarkdown } from '../../audit/report/render-markdown.js';
import { renderSarif } from '../../audit/report/render-sarif.js';
import { HoldfastError, messageOf, systemCodeOf } from '../../core/errors.js';
import type { Failure } from '../command-result.js';

/** Formats of files, with the end of a file's name. */
const RENDERERS = {
  json: { render: renderJson, extension: 'json' },
  csv: { render: renderCsv, extension: 'csv' },
  junit: { render: renderJunit, extension: 'junit.xml' },
  sarif: { render: renderSarif, extension: 'sarif' },
  markdown: { render: renderMarkdown, extension: 'md' },
  html: { render: renderHtml, extension: 'html' },
} as const;
export type FileFormat = keyof typeof RENDERERS;
export const AUDIT_FORMATS = ['table', ...(Object.keys(RENDERERS) as FileFormat[])] as const;
export type AuditFormat = (typeof AUDIT_FORMATS)[number];

export interface OutputPlan {
  /** What goes to standard output. */
  readonly shown: AuditFormat;
  readonly files: readonly { readonly format: FileFormat; readonly path: string }[];
}

/**
 * The n-th `--output` is the file of the n-th `--format`; a single one that is a directory takes all of them, as
 * `audit.<format>`. What has no file goes to standard output, where there is room for one.
 *
 * @throws HoldfastError USAGE
 */
export async function planOutputs(
  cwd: string,
  formats: readonly AuditFormat[],
  outputs: readonly string[],
): Promise<OutputPlan> {
  const [only] = outputs;
  if (outputs.length === 1 && only !== undefined && (await isDirectory(resolve(cwd, only), only))) {
    const files = formats.filter((format) => format !== 'table');
    if (files.length === 0) throw usage(`--output ${only} is a directory, and no --format says what to write there.`);
    return {
      shown: 'table',
      files: files.map((format) => ({
        format,
        path: join(resolve(cwd, only), `audit.${RENDERERS[format].extension}`),
      })),
    };
  }
  const withFile = formats.slice(0, outputs.length);
  const [shown = 'table', ...more] = formats.slice(outputs.length);
  if (outputs.length > formats.length) {
    throw usage(`--output ${outputs[formats.length] ?? ''} has no --format: they go together in the order given.`);
  }
  if (more.length > 0) {
    throw usage(`Standard output has room for one format, and ${[shown, ...more].join(', ')} have no --output.`);
  }
  const files = withFile.map((format, index) => {
    if (format === 'table') throw usage('--format table is for the screen; markdown is its form as a file.');
    return { format, path: resolve(cwd, outputs[index] ?? '') };
  });
  return { shown, files };
}

export function renderAs(format: FileFormat, rendering: Rendering): string {
  return RENDERERS[format].render(rendering);
}

export interface WrittenOutputs {
  /** Paths. */
  readonly written: readonly string[];
  /** Of the others: OUTPUT_FAILED. */
  readonly failures: readonly Failure[];
}

/** One file that cannot be written takes neither the others nor the result with it. */
export async function writeOutputs({ files }: OutputPlan, rendering: Rendering): Promise<WrittenOutputs> {
  const written: string[] = [];
  const failures: Failure[] = [];
  for (const { format, path } of files) {
    try {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, renderAs(format, rendering));
      written.push(path);
    } catch (error) {
      const message = `Writing ${path}: ${messageOf(error)}`;
      failures.push({ subject: path, error: new HoldfastError('OUTPUT_FAILED', message, { cause: error }) });
    }
  }
  return { written, failures };
}

/** One that does not exist yet is a directory where it is written like one. */
async function isDirectory(path: string, written: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return /[\\/]$/.test(written);
    throw new HoldfastError('OUTPUT_FAILED', `Looking at ${path}: ${messageOf(error)}`, { cause: error });
  }
}

function usage(message: string): HoldfastError {
  return new HoldfastError('USAGE', message);
}
