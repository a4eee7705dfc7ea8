/** The action of `holdfast synth`. */
import { join, resolve } from 'node:path';
import { formatPlural } from '../../../core/amounts.js';
import type { CommandResult } from '../../command-result.js';
import { EXIT_DONE } from '../../exit-code.js';
import type { Session } from '../../session.js';
import { formatTable } from '../../text/table.js';
import { withStacks } from '../../aws/open-stacks.js';
import type { DocumentOf } from '../../json/document-of.js';
import type { synthDocument } from '../../json/aws-documents.js';

type Document = DocumentOf<typeof synthDocument>;

export interface SynthOptions {
  readonly out: string;
}

export async function synth(session: Session, { out }: SynthOptions): Promise<CommandResult<Document>> {
  const directory = resolve(session.cwd, out);
  const stacks = await withStacks(session, { out }, ({ stacks: all }) =>
    Promise.resolve(
      all.map(({ name, place, settings, region, template }) => ({
        name,
        place,
        account: settings.account ?? null,
        region,
        resources: Object.keys(template.Resources ?? {}).length,
        template: join(directory, `${name}.template.json`),
      })),
    ),
  );
  return {
    document: { synth: { directory, stacks: stacks.map(({ place: _place, ...stack }) => stack) } },
    format: (style) =>
      [
        formatTable(
          [{ title: 'stack' }, { title: 'account' }, { title: 'region' }, { title: 'resources', align: 'right' }],
          stacks.map(({ name, place, account, region, resources }) => [
            name,
            account ?? place,
            region,
            String(resources),
          ]),
          style,
        ),
        `Wrote ${formatPlural(stacks.length, 'stack')} to ${directory}.`,
      ].join('\n'),
    exitCode: EXIT_DONE,
  };
}
