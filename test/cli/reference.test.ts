import { expect, it } from 'vitest';
import { cliReference } from '../../src/cli/reference.js';

it('holds the help of each command, with examples and the exit status', () => {
  const page = cliReference();
  for (const command of ['backup', 'list', 'show', 'restore', 'verify', 'check', 'demo']) {
    const section = page.split(`## holdfast ${command}\n`)[1]?.split('\n## ')[0] ?? '';
    expect(section, command).toContain(`Usage: holdfast ${command}`);
    expect(section, command).toContain(`Examples:\n  holdfast ${command}`);
    expect(section, command).toContain('Exit status: 0');
  }
});
