/** As far as an image can be judged without building it. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const text = readFileSync(join(import.meta.dirname, '../../docker/backup-worker/Dockerfile'), 'utf8');
const instructions = text
  .replaceAll(/^#.*\n/gm, '')
  .replaceAll('\\\n', '')
  .split('\n')
  .filter((line) => line.trim() !== '')
  .map((line) => /^([A-Z]+) (.*)$/.exec(line)?.slice(1) ?? ['?', line]);
const all = (name: string) => instructions.filter(([found]) => found === name).map(([, rest]) => rest ?? '');

describe('the image of the builds', () => {
  it('has no line that is not an instruction', () => {
    const known = ['FROM', 'ARG', 'RUN', 'ADD', 'COPY', 'ENV', 'WORKDIR', 'USER', 'LABEL'];
    expect(instructions.filter(([name]) => !known.includes(name ?? ''))).toEqual([]);
    expect(instructions[0]?.[0]).toBe('FROM');
  });

  it('starts from a named release of Node.js 24, not from the latest of anything', () => {
    expect(all('FROM')).toEqual([expect.stringMatching(/^node:24-[a-z]+-slim$/)]);
  });

  it('runs commands that a shell can parse, and that end at the first failure', () => {
    for (const command of all('RUN')) {
      execFileSync('/bin/sh', ['-n', '-c', command]);
      if (/[;]/.test(command)) expect(command).toMatch(/^set -e/);
    }
  });

  it('leaves no package lists in a layer, and installs only what is named', () => {
    for (const command of all('RUN').filter((each) => each.includes('apt-get install'))) {
      expect(command).toContain('rm -rf /var/lib/apt/lists/*');
      expect(command.match(/apt-get install/g)).toHaveLength(command.match(/--no-install-recommends/g)?.length ?? 0);
    }
  });

  it('has the clients of every major version that PostgreSQL supports, and the fast compressor', () => {
    expect(all('ARG')).toEqual(['POSTGRES_MAJORS="14 15 16 17 18"']);
    expect(all('RUN').join()).toMatch(/postgresql-client-\$major/);
    expect(all('RUN').join()).toMatch(/\bisal\b.*\bpigz\b.*\bzstd\b/);
  });
});
