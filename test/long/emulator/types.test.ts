import { describe, expect, it } from 'vitest';
import { useEmulator } from '../../helpers/emulator.js';
import { stacksOf } from '../../integration/emulator/stacks.js';
import { CACHES } from '../../integration/emulator/types/caches.js';
import type { TypeCase } from '../../integration/emulator/types/case.js';
import { CLUSTERS, SECRETS } from '../../integration/emulator/types/databases.js';
import { FUNCTIONS, OTHERS, ROLES } from '../../integration/emulator/types/identities.js';
import { NETWORKS } from '../../integration/emulator/types/network.js';
import { BUILDS, WATCH } from '../../integration/emulator/types/operations.js';
import { BUCKETS, GLOBAL_TABLES, KEYS, TABLES } from '../../integration/emulator/types/storage.js';

const emulator = useEmulator();
const stacks = stacksOf(emulator);

const CASES: readonly (readonly [name: string, TypeCase])[] = [
  ['keys', KEYS],
  ['buckets', BUCKETS],
  ['tables', TABLES],
  ['global-tables', GLOBAL_TABLES],
  ['networks', NETWORKS],
  ['clusters', CLUSTERS],
  ['secrets', SECRETS],
  ['caches', CACHES],
  ['builds', BUILDS],
  ['watch', WATCH],
  ['roles', ROLES],
  ['functions', FUNCTIONS],
  ['others', OTHERS],
];

describe.each(CASES)('a stack with %s', (name, { shows, resources, outputs = {}, changed, ...one }) => {
  const Outputs = Object.fromEntries(Object.entries(outputs).map(([key, Value]) => [key, { Value }]));

  it(`makes what its template says: ${shows.join(', ')}`, async () => {
    const deployed = await stacks.create(name, { Resources: resources, Outputs });
    expect(deployed).toMatchObject({ failures: [], status: 'CREATE_COMPLETE' });
    expect(await one.read(emulator, deployed)).toMatchObject(one.expected(deployed) as object);
  });

  if (changed) {
    it('takes changes in place', async () => {
      const before = await stacks.describe(name);
      const deployed = await stacks.update(name, { Resources: changed.resources, Outputs });
      expect(deployed).toMatchObject({ failures: [], status: 'UPDATE_COMPLETE', ids: before.ids });
      expect(await one.read(emulator, deployed)).toMatchObject(changed.expected(deployed) as object);
    });
  }

  it('leaves nothing when it is deleted', async () => {
    expect(await stacks.delete(name)).toMatchObject({ failures: [], status: 'DELETE_COMPLETE', ids: {} });
  });
});

it('has a case for every type that the emulator takes', async () => {
  const types = (await (await fetch(`${emulator.endpoint}/emulator/types`)).json()) as string[];
  const shown = new Set(CASES.flatMap(([, { shows }]) => shows));
  expect(types.filter((type) => !shown.has(type))).toEqual([]);
});
