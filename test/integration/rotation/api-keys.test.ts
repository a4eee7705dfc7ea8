import { beforeEach, expect, it } from 'vitest';
import { Secret } from '../../../src/core/secret.js';
import type { ApiKeyIssuer, ApiKeys } from '../../../src/rotation/api-keys/api-key-issuer.js';
import { useEmulator } from '../../helpers/emulator.js';
import { secretsClient, useSecret, type TestSecret } from './secrets.js';

const emulator = useEmulator();

/** A service that issues keys, `stripe` among them; it leaves `fixed` alone. */
class KeyService implements ApiKeyIssuer {
  readonly name = 'a key service';
  readonly valid = new Set(['first', 'for ever']);
  readonly down = new Set<'issue' | 'test' | 'revoke'>();
  #issued = 0;

  issue(current: ApiKeys): Promise<ApiKeys> {
    this.#work('issue');
    const key = `issued ${(this.#issued += 1)}`;
    this.valid.add(key);
    return Promise.resolve({ ...current, stripe: new Secret(key) });
  }

  test(keys: ApiKeys): Promise<void> {
    this.#work('test');
    const dead = Object.entries(keys).filter(([, key]) => !this.valid.has(key.reveal()));
    if (dead.length > 0) throw new Error(`dead: ${dead.map(([name]) => name).join(', ')}`);
    return Promise.resolve();
  }

  revoke(keys: ApiKeys): Promise<void> {
    this.#work('revoke');
    for (const key of Object.values(keys)) this.valid.delete(key.reveal());
    return Promise.resolve();
  }

  #work(part: 'issue' | 'test' | 'revoke'): void {
    if (this.down.has(part)) throw new Error(`the service does not ${part}`);
  }
}

let service: KeyService;
let secret: TestSecret;
beforeEach(async () => {
  service = new KeyService();
  const value = { stripe: 'first', fixed: 'for ever' };
  secret = await useSecret(secretsClient(emulator), value, { kind: 'api-keys' }, { apiKeys: service });
});

it('replaces what the service issues, keeps the rest, and revokes a key when its successor is replaced', async () => {
  await secret.rotate();
  expect(await secret.current()).toEqual({ stripe: 'issued 1', fixed: 'for ever' });
  // A client that has not read again yet goes on.
  expect([...service.valid]).toEqual(['first', 'for ever', 'issued 1']);
  await secret.rotate();
  expect(await secret.current()).toEqual({ stripe: 'issued 2', fixed: 'for ever' });
  expect([...service.valid]).toEqual(['for ever', 'issued 1', 'issued 2']);
});

it('stays with the current keys, which go on working, when the service does not admit the new ones', async () => {
  service.issue = (current) => Promise.resolve({ ...current, stripe: new Secret('never issued') });
  await expect(secret.rotate()).rejects.toThrow('dead: stripe');
  expect(await secret.current()).toEqual({ stripe: 'first', fixed: 'for ever' });
  expect([...service.valid]).toEqual(['first', 'for ever']);
});

it.each(['issue', 'test', 'revoke'] as const)('goes on where it was when the service did not %s', async (part) => {
  await secret.rotate();
  const before = await secret.current();
  service.down.add(part);
  await expect(secret.rotate()).rejects.toThrow(`the service does not ${part}`);
  expect(await secret.current()).toEqual(before);
  expect(service.valid).toContain(before.stripe);
  service.down.clear();
  expect(await secret.rotate()).toMatchObject({ resumed: part !== 'issue' });
  const { stripe } = await secret.current();
  expect([...service.valid]).toEqual(['for ever', before.stripe, stripe]);
});

it('never revokes a key that is in use, though a former version has it too', async () => {
  // A person stores the same keys again.
  await secret.put({ fixed: 'for ever', stripe: 'first' });
  await secret.rotate();
  expect([...service.valid]).toEqual(['first', 'for ever', 'issued 1']);
  await secret.rotate();
  expect([...service.valid]).toEqual(['for ever', 'issued 1', 'issued 2']);
});
