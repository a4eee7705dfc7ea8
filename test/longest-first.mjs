/** The order in which vitest starts the files: it knows only how large they are, and one that takes minutes may be small. */
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { BaseSequencer } from 'vitest/node';

/**
 * Those that take longest, the longest first. One that is started late is all that runs in the end, on one core.
 * `npm test` tells when another takes longer than most of these.
 */
export const LONGEST = [
  'test/integration/faults/faults.test.ts',
  'test/integration/cli/inflating-objects.test.ts',
  'test/integration/backup/failing-stores.test.ts',
  'test/integration/backup/guest.test.ts',
  'test/integration/backup/tampered-objects.test.ts',
  'test/integration/vault/s3/write-faults.test.ts',
  'test/integration/backup/large-tables.test.ts',
  'test/integration/cli/secret.test.ts',
  'test/integration/backup/restore.test.ts',
  'test/integration/cli/vault.test.ts',
  'test/integration/aws/deploy.test.ts',
  'test/integration/cli/accept.test.ts',
  'test/integration/rotation/hostile.test.ts',
  'test/integration/rotation/redis-overlap.test.ts',
  'test/integration/cli/sources.test.ts',
  'test/integration/aws/audit.test.ts',
  'test/integration/vault/s3/read-faults.test.ts',
  'test/integration/backup/failing-programs.test.ts',
  'test/integration/cli/passed-over.test.ts',
  'test/integration/backup/tampered-segments.test.ts',
  'test/integration/backup/extra-privileges.test.ts',
  'test/integration/audit/live-facts.test.ts',
  'test/integration/vault/s3/conformance.test.ts',
  'test/integration/rotation/random.test.ts',
  'test/integration/backup/derived.test.ts',
  'test/integration/backup/missing-parts.test.ts',
  'test/integration/cli/not-stored.test.ts',
  'test/integration/postgres/hostile-sql.test.ts',
  'test/integration/rotation/edits.test.ts',
  'test/integration/rotation/functions.test.ts',
  'test/integration/rotation/sharing.test.ts',
  'test/integration/vault/s3/lost-answers.test.ts',
  'test/integration/backup/foreign-dumps.test.ts',
  'test/integration/backup/left-out.test.ts',
  'test/integration/cli/bad-input.test.ts',
  'test/integration/backup/changes-meanwhile.test.ts',
  'test/integration/backup/ranged-restore.test.ts',
  'test/integration/cli/every-command.test.ts',
  'test/constructs/data-layer/examples.test.ts',
  'test/synth/checkers.test.ts',
];

export class LongestFirst extends BaseSequencer {
  async sort(specifications) {
    const { root } = this.ctx.config;
    const gone = LONGEST.filter((path) => !existsSync(join(root, path)));
    if (gone.length > 0) throw new Error(`test/longest-first.mjs has files that are not there: ${gone.join(', ')}`);
    const rank = ({ moduleId }) => {
      const index = LONGEST.indexOf(relative(root, moduleId));
      return index === -1 ? LONGEST.length : index;
    };
    const sorted = await super.sort(specifications);
    // Projects stay together, as a worker belongs to one.
    const projects = [...new Set(sorted.map(({ project }) => project.name))];
    return projects.flatMap((name) =>
      sorted.filter(({ project }) => project.name === name).sort((a, b) => rank(a) - rank(b)),
    );
  }
}

/**
 * What the list does not know yet.
 *
 * @param durations of the files of a whole run, in any unit, by their paths
 * @returns the paths of those that took longer than half of the list's, and are not in it
 */
export function missingFromLongest(durations) {
  const listed = LONGEST.map((path) => durations.get(path))
    .filter((duration) => duration !== undefined)
    .sort((a, b) => b - a);
  // A run of a few files tells nothing about the order of all.
  if (listed.length < LONGEST.length) return [];
  const median = listed[Math.floor(listed.length / 2)];
  return [...durations]
    .filter(([path, duration]) => duration > median && !LONGEST.includes(path))
    .map(([path]) => path);
}
