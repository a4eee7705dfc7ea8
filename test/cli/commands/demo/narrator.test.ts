import { expect, it } from 'vitest';
import { createNarrator, shellWord } from '../../../../src/cli/commands/demo/narrator.js';
import { styleOf } from '../../../../src/cli/text/style.js';

it('numbers its steps, indents what belongs to them, and breaks a long command so that it can be pasted', () => {
  let told = '';
  const style = styleOf({ stream: { isTTY: true, columns: 40 }, env: { NO_COLOR: '1' }, color: true });
  const narrator = createNarrator((text) => (told += text), style, 'holdfast');
  narrator.step('Look');
  narrator.command('list', '--vault file:///v');
  narrator.step('Restore');
  narrator.command('restore shop', '--to postgres://me@host/db', '--create');
  narrator.output('a\n\nb');
  expect(told).toBe(
    '\n1. Look\n   $ holdfast list --vault file:///v\n' +
      '\n2. Restore\n   $ holdfast restore shop \\\n     --to postgres://me@host/db \\\n     --create\n   a\n\n   b\n',
  );
});

it('quotes what a shell would not take as one word', () => {
  expect(shellWord('postgres://me@/db?host=/tmp')).toBe("'postgres://me@/db?host=/tmp'");
  expect(shellWord("it's")).toBe("'it'\\''s'");
  expect(shellWord('file:///srv/vault')).toBe('file:///srv/vault');
});
