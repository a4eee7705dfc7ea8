import { afterAll, beforeAll, expect, it } from 'vitest';
import { DumpedAttachments } from '../../../src/backup/copy/across/attachments.js';
import { createDatabase, sharedServer, type TestDatabase } from '../../helpers/postgres.js';

const TABLES = `
  CREATE TABLE log (a int) PARTITION BY RANGE (a);
  CREATE TABLE "log 1" PARTITION OF log FOR VALUES FROM (0) TO (10);
  CREATE TABLE log_2 PARTITION OF log FOR VALUES FROM (10) TO (20);
  CREATE INDEX log_a ON log (a);
  CREATE TABLE parent (b int); CREATE TABLE child () INHERITS (parent)`;

const DUMPED = [
  'ALTER TABLE ONLY public.log ATTACH PARTITION public."log 1" FOR VALUES FROM (0) TO (10);',
  'ALTER TABLE ONLY public.log ATTACH PARTITION public.log_2 FOR VALUES FROM (10) TO (20);',
  'ALTER INDEX public.log_a ATTACH PARTITION public."log 1_a_idx";',
  'ALTER INDEX public.log_a ATTACH PARTITION public.log_2_a_idx;',
];

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase(sharedServer(), TABLES);
});
afterAll(() => database.end());

async function differences(dumped: readonly string[]): Promise<unknown> {
  const attachments = new DumpedAttachments();
  for (const statement of dumped) attachments.add(statement);
  return attachments.compare(await database.client());
}

it('15: what a dump attaches, whichever entry says it, is compared with the catalog of a copy', async () => {
  expect(await differences(DUMPED)).toEqual([]);
  expect(await differences(DUMPED.slice(1))).toEqual([
    {
      ...{ type: 'TABLE ATTACH', schema: 'public', name: 'log 1' },
      reason: 'is attached to public.log, which is not in the backup',
    },
  ]);
  await database.query('ALTER TABLE log DETACH PARTITION log_2');
  expect(await differences(DUMPED)).toEqual([
    {
      ...{ type: 'TABLE ATTACH', schema: 'public', name: 'log_2' },
      reason: 'is attached to nothing, was to public.log',
    },
    {
      ...{ type: 'INDEX ATTACH', schema: 'public', name: 'log_2_a_idx' },
      reason: 'is attached to nothing, was to public.log_a',
    },
  ]);
});
