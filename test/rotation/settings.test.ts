import { expect, it } from 'vitest';
import { guessSettings, parseRotationSettings } from '../../src/rotation/settings.js';

it.each([
  ['{', 'they are not JSON'],
  ['{"kind":"mysql"}', 'kind: '],
  ['{"kind":"postgres","strategy":"both"}', 'strategy: '],
  ['{"kind":"postgres","role":{"grants":[{"on":"schema","schema":"s","privileges":["USAGE; DROP"]}]}}', 'privileges'],
  ['{"kind":"redis","control":{"kind":"auth"}}', 'control.replicationGroupId'],
  ['{"kind":"redis","control":{"kind":"user","userId":"app"},"overlap":900}', 'overlap'],
])('refuses the settings %s', (text, message) => {
  expect(() => parseRotationSettings(text, 'FILE')).toThrow(message);
});

it('fills in what is left out', () => {
  expect(parseRotationSettings('{"kind":"postgres"}', 'FILE')).toEqual({ kind: 'postgres', strategy: 'alternating' });
  expect(parseRotationSettings('{"kind":"redis","control":{"kind":"user","userId":"app"}}', 'FILE')).toMatchObject({
    overlap: 360,
    timeout: 600,
  });
});

it('tells PostgreSQL users and rings of keys by their values, and nothing else', () => {
  expect(guessSettings('{"engine":"aurora-postgresql"}')).toMatchObject({ kind: 'postgres' });
  expect(guessSettings('{"keys":[]}')).toEqual({ kind: 'encryption-key' });
  for (const text of ['{"engine":"mysql"}', 'token', 'null', '{"stripe":"sk"}']) {
    expect(guessSettings(text)).toBeUndefined();
  }
});
