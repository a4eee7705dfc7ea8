/** The action of `holdfast demo`. */
import { HoldfastError } from '../../../core/errors.js';
import { formatDuration } from '../../../core/times.js';
import type { CommandResult } from '../../command-result.js';
import { createDemoDirectory } from './demo-directory.js';
import { programName } from './program-name.js';
import { runDemo, type DemoResult } from './run-demo.js';
import { EXIT_DONE } from '../../exit-code.js';
import type { Session } from '../../session.js';
import type { Style } from '../../text/style.js';
import { wrapText } from '../../text/wrap.js';
import type { DocumentOf } from '../../json/document-of.js';
import type { demoDocument } from '../../json/documents.js';

type Document = DocumentOf<typeof demoDocument>;

export interface DemoOptions {
  readonly keep?: boolean;
  readonly rows: number;
}

export async function demo(session: Session, options: DemoOptions): Promise<CommandResult<Document>> {
  const startedAt = performance.now();
  const directory = await createDemoDirectory();
  let result: DemoResult;
  try {
    session.say('Holdfast demo: back up a PostgreSQL database, and prove that the copy restores.\n');
    session.say(`Everything lies in ${directory.path}${options.keep ? '' : ' and is removed at the end'}.\n`);
    result = await runDemo(session, { rows: options.rows, directory: directory.path });
    requireFindings(result);
  } catch (error) {
    await directory.remove();
    throw error;
  }
  if (options.keep) directory.keep();
  else await directory.remove();
  const durationMs = Math.round(performance.now() - startedAt);
  const program = programName(process.argv[1], session.cwd);
  return {
    document: { demo: toDocument(result, { durationMs, directory: options.keep ? directory.path : null }) },
    format: (style) => formatEnd(result, { durationMs, keep: options.keep ?? false, program }, style),
    exitCode: EXIT_DONE,
  };
}

/** A demo that shows the opposite of what it says must not end well. */
function requireFindings({ restore, proof, tampered, damaged }: DemoResult): void {
  const expectations: readonly (readonly [boolean, string])[] = [
    [restore.comparison?.differences.length === 0, 'the restored copy differs from the backup'],
    [proof.verdict === 'proven', `the verdict of the drill is ${proof.verdict}`],
    [isNamed(tampered, 'TABLE DATA', 'order_lines'), 'the changed value was not noticed'],
    [isNamed(tampered, 'INDEX', 'orders_placed_at_idx'), 'the dropped index was not noticed'],
    [tampered.differences.length === 2, `the changed copy has ${tampered.differences.length} differences instead of 2`],
    [damaged.verdict === 'damaged', 'the flipped bit was not noticed'],
  ];
  const broken = expectations.filter(([holds]) => !holds).map(([, what]) => what);
  if (broken.length > 0) throw new HoldfastError('INTERNAL', `The demo came out wrong: ${broken.join('; ')}.`);
}

function isNamed({ differences }: DemoResult['tampered'], type: string, name: string): boolean {
  return differences.some((difference) => difference.type === type && difference.name === name);
}

function toDocument(
  { postgres, backup, restore, proof, tampered, damaged }: DemoResult,
  whole: { readonly durationMs: number; readonly directory: string | null },
): Document['demo'] {
  const { warnings: _warnings, volume: _volume, ...stored } = backup;
  const { entries = 0, matched = 0 } = restore.comparison ?? {};
  return {
    postgres,
    backup: stored,
    restore: { durationMs: restore.durationMs, entries, matched },
    proof: { verdict: proof.verdict, entries: proof.entries, matched: proof.matched, durationMs: proof.durationMs },
    tampering: tampered.differences,
    damage: { verdict: damaged.verdict, problems: damaged.problems },
    ...whole,
  };
}

function formatEnd(
  { vault }: DemoResult,
  { durationMs, keep, program }: { readonly durationMs: number; readonly keep: boolean; readonly program: string },
  style: Style,
): string {
  const { colors, width } = style;
  const left = keep ? `The vault stays: ${program} show shop --vault ${vault}` : 'Everything was removed.';
  return [
    '',
    colors.bold(colors.green('Backed up, restored, proven; both kinds of damage were named.')),
    wrapText(`It took ${formatDuration(durationMs)}. ${left}`, width),
    '',
    'With a database of yours:',
    colors.cyan(`   ${program} vault init --vault file:///srv/vault`),
    colors.cyan(`   ${program} backup --url postgres://USER@HOST/DATABASE --vault file:///srv/vault`),
    colors.cyan(`   ${program} verify DATABASE --vault file:///srv/vault`),
  ].join('\n');
}
