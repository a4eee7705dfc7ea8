import { expect, it } from 'vitest';
import { guessSettings, parseRotationSettings } from '../../src/rotation/settings.js';

it.each([
  ['{', 'they are not JSON'],
  ['{"kind":"mysql"}', 'kind: '],
  ['{"kind":"postgres"}', 'users: '],
  ['{"kind":"postgres","users":[]}', 'users: '],
  ['{"kind":"postgres","users":["app","app"]}', 'names one user twice'],
  ['{"kind":"postgres","users":["app"],"strategy":"both"}', 'strategy: '],
  [
    '{"kind":"postgres","users":["app"],"role":{"grants":[{"on":"schema","schema":"s","privileges":["USAGE; DROP"]}]}}',
    'privileges',
  ],
  ['{"kind":"redis","control":{"kind":"auth"}}', 'control.replicationGroupId'],
  ['{"kind":"redis","control":{"kind":"user","userId":"app"},"overlap":900}', 'overlap'],
])('refuses the settings %s', (text, message) => {
  expect(() => parseRotationSettings(text, 'FILE')).toThrow(message);
});

it('fills in what is left out', () => {
  expect(parseRotationSettings('{"kind":"postgres","users":["app"]}', 'FILE')).toEqual({
    kind: 'postgres',
    strategy: 'alternating',
    users: ['app'],
  });
  expect(parseRotationSettings('{"kind":"redis","control":{"kind":"user","userId":"app"}}', 'FILE')).toMatchObject({
    overlap: 360,
    timeout: 600,
  });
});

it('17.3: tells rings of keys by their values, and no database user, who is not for the secret to name', () => {
  expect(guessSettings('{"keys":[]}')).toEqual({ kind: 'encryption-key' });
  for (const text of [
    '{"engine":"postgres","username":"app"}',
    '{"engine":"mysql"}',
    'token',
    'null',
    '{"stripe":"sk"}',
  ]) {
    expect(guessSettings(text)).toBeUndefined();
  }
});
