import { afterAll, describe, expect, it } from 'vitest';
import { useEmulator } from '../../helpers/emulator.js';
import { stacksOf } from './stacks.js';
import type { TypeCase } from './types/case.js';
import * as databases from './types/databases.js';
import * as network from './types/network.js';
import * as storage from './types/storage.js';

const emulator = useEmulator();
const stacks = stacksOf(emulator);
const CASES: Readonly<Record<string, TypeCase>> = { ...storage, NETWORKS: network.NETWORKS, ...databases };

describe.each(Object.entries(CASES))('a stack with %s', (title, { shows, resources, outputs = {}, ...one }) => {
  const name = `with-${title.toLowerCase().replaceAll('_', '-')}`;
  const Outputs = Object.fromEntries(Object.entries(outputs).map(([key, Value]) => [key, { Value }]));

  it(`makes what its template says: ${shows.join(', ')}`, async () => {
    const deployed = await stacks.create(name, { Resources: resources, Outputs });
    expect(deployed).toMatchObject({ failures: [], status: 'CREATE_COMPLETE' });
    expect(await one.read(emulator, deployed)).toMatchObject(one.expected(deployed) as object);
  });

  it.runIf(one.changed)('takes changes in place', async () => {
    const before = await stacks.describe(name);
    const deployed = await stacks.update(name, { Resources: one.changed!.resources, Outputs });
    expect(deployed).toMatchObject({ failures: [], status: 'UPDATE_COMPLETE', ids: before.ids });
    expect(await one.read(emulator, deployed)).toMatchObject(one.changed!.expected(deployed) as object);
  });

  it('leaves nothing when it is deleted', async () => {
    expect(await stacks.delete(name)).toMatchObject({ failures: [], status: 'DELETE_COMPLETE', ids: {} });
  });
});

const shown = new Set(Object.values(CASES).flatMap(({ shows }) => shows));
afterAll(() => shown.clear());

it('has a case for every type that the emulator takes', async () => {
  const types = (await (await fetch(`${emulator.endpoint}/emulator/types`)).json()) as string[];
  expect(types.filter((type) => !shown.has(type))).toEqual([]);
});
