/** The tutorial does what it says: its commands are run as they stand there, and print what stands below them. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { throwawayUser } from '../../../src/postgres/throwaway/os-user.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';

const ROOT = join(import.meta.dirname, '../../..');
const PAGE = readFileSync(join(ROOT, 'docs/tutorials/first-backup.md'), 'utf8');
/** Commands, and what the page shows below them. */
const steps = [...PAGE.matchAll(/^```sh\n(.*?)^```\n(?:\n```text\n(.*?)^```$)?/gms)].map(
  ([, commands = '', output]) => ({ commands, output }),
);
const END = 'End of step';

/** PostgreSQL runs as an ordinary user, and so does who follows the tutorial. */
const home = temporaryDirectory();
let printed: readonly string[];
let status: number | null;
let errors: string;

beforeAll(async () => {
  const user = await throwawayUser();
  const script = steps.map(({ commands }) => `${commands}\necho '${END}'`).join('\n');
  // Where a step fails, its server must not stay.
  const whole = `set -euo pipefail\ntrap 'pg_ctl --pgdata="$HOME/holdfast-tutorial/server" --mode=immediate stop > /dev/null 2>&1' ERR\n${script}`;
  const become = user
    ? ['setpriv', '--reuid', String(user.uid), '--regid', String(user.gid), '--clear-groups', '--']
    : [];
  if (user) spawnSync('chown', [`${user.uid}:${user.gid}`, home]);
  chmodSync(home, 0o700);
  const [program = '', ...args] = [...become, 'bash', '-c', whole];
  const env = { PATH: process.env.PATH, HOME: home, TMPDIR: '/tmp', LC_ALL: 'C.UTF-8' };
  const run = spawnSync(program, args, { cwd: ROOT, encoding: 'utf8', env });
  printed = run.stdout.split(`${END}\n`);
  ({ status, stderr: errors } = run);
});

/**
 * Without what differs from run to run: times, sizes of what was compressed, ids, the width that they take, and what the
 * decompressor makes of a byte that is wrong.
 */
function comparable(text: string): string {
  return text
    .replaceAll(home, '/home/you')
    .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID')
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|\d{4}\/\d\d\/\d\d|\d{8}T\d{6}Z/g, 'TIME')
    .replaceAll(/\d[\d.]* (?:s|min|ms)\b/g, 'SPAN')
    .replaceAll(/\d[\d.]* (?:kB|×)|bytes \d+ to \d+/g, 'SIZE')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/incorrect (?:data|header|length) check|invalid [a-z ]+(?: too far back| set)?/g, 'REASON')
    .trim();
}

describe('the tutorial', () => {
  it('runs to its end, and leaves nothing', () => {
    expect(errors).not.toMatch(/error/i);
    expect(status).toBe(0);
    expect(printed).toHaveLength(steps.length + 1);
    expect(existsSync(join(home, 'holdfast-tutorial'))).toBe(false);
  });

  it.each(steps.map((step, index) => ({ ...step, index, first: step.commands.split('\n')[0] })))(
    'prints what the page shows: $first',
    ({ output = '', index }) => expect(comparable(printed[index] ?? '')).toBe(comparable(output)),
  );

  it('shows the output of most of its steps', () =>
    expect(steps.filter(({ output }) => output !== undefined).length).toBeGreaterThan(8));
});
