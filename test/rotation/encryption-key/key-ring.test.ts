import { expect, it } from 'vitest';
import { createEncryptionKeyAdapter } from '../../../src/rotation/encryption-key/encryption-key-adapter.js';
import { addKey, lostKeys, parseKeyRing, printKeyRing } from '../../../src/rotation/encryption-key/key-ring.js';

const NOW = new Date('2026-11-22T10:00:00Z');
const [ONE, TWO] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
const adapter = createEncryptionKeyAdapter({ clock: { now: () => NOW } });

it.each([
  ['base64', ONE.toString('base64')],
  ['hexadecimal digits', ONE.toString('hex')],
  ['a document with one key', JSON.stringify({ key: ONE.toString('hex'), encoding: 'hex' })],
])('makes a ring of a key alone, written as %s, that still decrypts', (_, text) => {
  const ring = addKey(parseKeyRing(text), NOW);
  expect(ring.keys).toHaveLength(2);
  expect(ring.keys[0]).toMatchObject({ id: 'initial' });
  expect(ring.keys[0]?.key.reveal()).toBe(ONE.toString('base64'));
  expect(ring.current).toMatch(/^2026-11-22-[0-9a-f]{8}$/);
});

it('makes the first key of an empty ring', () => {
  const ring = addKey(parseKeyRing('{"keys":[]}'), NOW);
  expect(ring.keys.map(({ id }) => id)).toEqual([ring.current]);
});

it('has the current key in a field of its own, in the encoding that it always had', () => {
  const text = printKeyRing(addKey(parseKeyRing(JSON.stringify({ key: ONE.toString('hex'), encoding: 'hex' })), NOW));
  const document = JSON.parse(text) as { key: string; current: string; keys: { id: string; key: string }[] };
  const current = document.keys.find(({ id }) => id === document.current);
  expect(Buffer.from(document.key, 'hex').toString('base64')).toBe(current?.key);
  expect(printKeyRing(parseKeyRing(text))).toBe(text);
});

it.each([
  ['two keys with one id', { current: 'a', keys: [key('a', ONE), key('a', TWO)] }, 'two keys have the same id'],
  ['a key of another length', { current: 'a', keys: [key('a', Buffer.alloc(16))] }, 'not base64 of 32 bytes'],
  ['a current one that is not there', { current: 'b', keys: [key('a', ONE)] }, 'current does not name'],
  ['no keys field', { currently: 1 }, 'The value is not a ring'],
])('refuses a ring with %s', (_, document, message) => {
  expect(() => parseKeyRing(JSON.stringify(document))).toThrow(message);
});

it('refuses to go on when the pending ring lacks a key that data may be encrypted with', async () => {
  const current = parseKeyRing(JSON.stringify({ current: 'b', keys: [key('a', ONE), key('b', TWO)] }));
  const pending = parseKeyRing(JSON.stringify({ current: 'b', keys: [key('b', TWO)] }));
  expect(lostKeys(current, pending)).toEqual(['a']);
  await expect(
    adapter.test({ current, pending, previous: undefined, requireUnchanged: () => Promise.resolve() }),
  ).rejects.toMatchObject({
    code: 'ROTATION_REFUSED',
  });
  await adapter.test({
    current,
    pending: addKey(current, NOW),
    previous: undefined,
    requireUnchanged: () => Promise.resolve(),
  });
});

it('names the limit when a ring has become too large for a secret', () => {
  let ring = parseKeyRing('{"keys":[]}');
  for (let count = 0; count < 600; count += 1) ring = addKey(ring, NOW);
  expect(() => printKeyRing(ring)).toThrow('600 keys, more than a secret can hold');
});

it('17.9: keeps the fields of a ring and of its keys that it does not know', () => {
  const text = JSON.stringify({ team: 'payments', current: 'a', keys: [{ ...key('a', ONE), usedBy: ['orders'] }] });
  const printed = JSON.parse(printKeyRing(addKey(parseKeyRing(text), NOW))) as { keys: object[] };
  expect(printed).toMatchObject({ team: 'payments', keys: [{ id: 'a', usedBy: ['orders'] }, {}] });
  const single = JSON.stringify({ key: ONE.toString('hex'), encoding: 'hex', owner: 'payments' });
  expect(JSON.parse(printKeyRing(addKey(parseKeyRing(single), NOW)))).toMatchObject({ owner: 'payments' });
});

it('never prints a key', () => {
  const ring = parseKeyRing(ONE.toString('base64'));
  expect(JSON.stringify(ring)).not.toContain(ONE.toString('base64'));
});

function key(id: string, bytes: Buffer) {
  return { id, key: bytes.toString('base64') };
}
