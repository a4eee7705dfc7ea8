import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import type { Command } from 'commander';
import { beforeAll, describe, expect, it } from 'vitest';
import { createProgram } from '../../src/cli/program.js';

const ROOT = join(import.meta.dirname, '../..');

/** What speaks to databases and to AWS. */
const SPEAKS = /^(?:pg|redis|@aws-sdk\/|aws-cdk-lib)/;

let inputs: Metafile['inputs'];

beforeAll(async () => {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: ['src/cli/main.ts'],
    bundle: true,
    format: 'esm',
    platform: 'node',
    splitting: true,
    packages: 'external',
    outdir: 'unused',
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  ({ inputs } = metafile);
}, 20_000);

/** What is loaded with a module: without what it imports when it is needed. Packages by their names. */
function loadedWith(entry: string): Set<string> {
  const loaded = new Set([entry]);
  for (const file of loaded) {
    for (const { path, kind } of inputs[file]?.imports ?? []) if (kind !== 'dynamic-import') loaded.add(path);
  }
  return loaded;
}

describe('the command line', () => {
  it('loads what declares its commands, and nothing of what they do', () => {
    const loaded = loadedWith('src/cli/main.ts');
    const heavy = [...loaded].filter((path) =>
      /^src\/(?:backup|postgres|dump|vault|audit|rotation|policies|constructs)\/|\/action\.ts$|^(?:zod|pg|@aws-sdk\/|aws-cdk-lib|constructs|string-width)/.test(
        path,
      ),
    );
    expect(heavy).toEqual([]);
    expect(loaded).toContain('src/cli/commands/verify/command.ts');
  });

  it.each([
    ['list', 'src/vault/open-vault.ts', SPEAKS],
    ['status', 'src/vault/open-vault.ts', SPEAKS],
    ['show', 'src/vault/open-vault.ts', SPEAKS],
    ['compare', 'src/vault/open-vault.ts', SPEAKS],
    ['prune', 'src/vault/open-vault.ts', SPEAKS],
    ['accept', 'src/vault/open-vault.ts', SPEAKS],
    // Templates are audited without an account, and an account often without a cache to try a password on.
    ['audit', 'src/audit/catalog.ts', SPEAKS],
    ['report', 'src/audit/catalog.ts', SPEAKS],
    ['rotate', 'src/rotation/create-adapter.ts', /^redis$/],
  ])('%s loads %s, and nothing that it may do without', (command, needed, spared) => {
    const loaded = loadedWith(`src/cli/commands/${command}/action.ts`);
    expect(loaded).toContain(needed);
    expect([...loaded].filter((path) => spared.test(path))).toEqual([]);
  });
});

/** A program whose commands only say that they were run. */
function program(): { readonly root: Command; readonly ran: string[] } {
  const ran: string[] = [];
  const root = createProgram((command) => {
    ran.push(command.name());
    return Promise.resolve();
  });
  return { root, ran };
}

describe('help', () => {
  it('lists every command in a group', () => {
    const { root } = program();
    const named = root.commands.map((command) => [command.name(), command.helpGroup()]);
    expect(named.filter(([, group]) => group === '')).toEqual([]);
    expect(root.helpInformation()).toMatch(/\nAWS:\n {2}synth[^]*\nAudit:\n {2}audit/);
  });

  it('shows --vault only with commands that have a use for it', () => {
    const { root } = program();
    const helpOf = (name: string) => root.commands.find((command) => command.name() === name)?.helpInformation();
    expect(helpOf('list')).toContain('--vault <url>');
    expect(helpOf('deploy')).toContain('--config <file>');
    expect(helpOf('deploy')).not.toContain('--vault');
    expect(helpOf('demo')).not.toMatch(/--(?:vault|config|env)/);
  });
});

describe('an option that a command has no use for', () => {
  it('is refused by name, before or after the command', async () => {
    for (const args of [
      ['synth', '--vault', 'file:///srv/vault'],
      ['--vault', 'file:///srv/vault', 'synth'],
    ]) {
      const { root, ran } = program();
      await expect(root.parseAsync(args, { from: 'user' })).rejects.toMatchObject({
        code: 'USAGE',
        message: '--vault is given, and `holdfast synth` does not use it.',
      });
      expect(ran).toEqual([]);
    }
  });

  it('leaves the others alone', async () => {
    const { root, ran } = program();
    await root.parseAsync(['synth', '--config', 'holdfast.yaml'], { from: 'user' });
    expect(ran).toEqual(['synth']);
  });
});
