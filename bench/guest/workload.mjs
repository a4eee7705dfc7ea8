/**
 * What others do to a database beside its backups: each kind changes one table over and over, at a rate, and somebody
 * reads all of them. Whatever was committed last, each table holds ROWS rows, so a dump with fewer has lost some.
 */
import pg from 'pg';

export const ROWS = 100;
const FILL = `SELECT i, md5(i::text) AS t FROM generate_series(1, ${ROWS}) i`;

/** For each kind its table, and the changes that follow each other. */
const KINDS = {
  truncate: {
    setUp: `CREATE TABLE churn.truncated AS ${FILL}`,
    table: 'churn.truncated',
    changes: [`BEGIN; TRUNCATE churn.truncated; INSERT INTO churn.truncated ${FILL}; COMMIT`],
  },
  rewrite: {
    setUp: `CREATE TABLE churn.rewritten AS ${FILL}`,
    table: 'churn.rewritten',
    changes: ['ALTER TABLE churn.rewritten ALTER i TYPE bigint', 'ALTER TABLE churn.rewritten ALTER i TYPE int'],
  },
  recreate: {
    setUp: `CREATE TABLE churn.recreated AS ${FILL}`,
    table: 'churn.recreated',
    changes: [`BEGIN; DROP TABLE churn.recreated; CREATE TABLE churn.recreated AS ${FILL}; COMMIT`],
  },
  partition: {
    setUp: `CREATE TABLE churn.parted (i int, t text) PARTITION BY RANGE (i);
      CREATE TABLE churn.part PARTITION OF churn.parted FOR VALUES FROM (1) TO (${ROWS + 1});
      INSERT INTO churn.parted ${FILL}`,
    table: 'churn.part',
    changes: [
      'ALTER TABLE churn.parted DETACH PARTITION churn.part',
      `ALTER TABLE churn.parted ATTACH PARTITION churn.part FOR VALUES FROM (1) TO (${ROWS + 1})`,
    ],
  },
  index: {
    setUp: `CREATE TABLE churn.indexed AS ${FILL}`,
    table: 'churn.indexed',
    changes: [
      'CREATE INDEX CONCURRENTLY indexed_i ON churn.indexed (i)',
      'DROP INDEX CONCURRENTLY IF EXISTS churn.indexed_i',
    ],
  },
  reindex: {
    setUp: `CREATE TABLE churn.reindexed AS ${FILL}; CREATE INDEX reindexed_i ON churn.reindexed (i)`,
    table: 'churn.reindexed',
    changes: ['REINDEX INDEX CONCURRENTLY churn.reindexed_i'],
  },
  refresh: {
    setUp: `CREATE TABLE churn.base AS ${FILL};
      CREATE MATERIALIZED VIEW churn.summary AS SELECT count(*) FROM churn.base`,
    table: 'churn.base',
    changes: ['REFRESH MATERIALIZED VIEW churn.summary'],
  },
  vacuum: {
    setUp: `CREATE TABLE churn.vacuumed AS ${FILL}`,
    table: 'churn.vacuumed',
    changes: ['VACUUM FULL churn.vacuumed'],
  },
};

export const KIND_NAMES = Object.keys(KINDS);

/** Makes the tables; ROWS rows each. */
export const SET_UP = ['CREATE SCHEMA churn', ...Object.values(KINDS).map(({ setUp }) => setUp)].join(';\n');
/** How many rows they hold together. */
export const ALL_ROWS = KIND_NAMES.length * ROWS;

/** How often somebody reads, in milliseconds. */
const READ_EVERY_MS = 20;

/**
 * @param connection of the database, as the driver takes it
 * @param kinds those that run at the same time, each in a session of its own
 * @param perSecond changes of each; fewer when one takes longer
 * @returns after each has made a change. `changes` counts those that are committed; `stop` ends all and tells how long,
 *   in milliseconds, the longest change and the longest read took, and what failed.
 */
export async function startWorkload({ connection, kinds, perSecond }) {
  const seen = { changes: 0, longestChange: 0, longestRead: 0, failures: {} };
  let stopped = false;
  const clients = [];
  const open = async () => {
    const client = new pg.Client(connection);
    client.on('error', () => {});
    await client.connect();
    clients.push(client);
    return client;
  };
  const timed = async (client, statement, field) => {
    const began = performance.now();
    try {
      await client.query(statement);
      if (field === 'longestChange') seen.changes += 1;
    } catch (error) {
      seen.failures[error.code ?? error.message] = (seen.failures[error.code ?? error.message] ?? 0) + 1;
      await client.query('ROLLBACK').catch(() => {});
    }
    seen[field] = Math.max(seen[field], performance.now() - began);
  };
  const repeat = async (everyMs, act) => {
    for (let turn = 0, next = performance.now(); !stopped; turn += 1) {
      await act(turn);
      next = Math.max(next + everyMs, performance.now());
      await new Promise((resolve) => setTimeout(resolve, next - performance.now()));
    }
  };
  const running = [];
  const firsts = [];
  for (const kind of kinds) {
    const client = await open();
    const { changes } = KINDS[kind];
    const change = (turn) => timed(client, changes[turn % changes.length], 'longestChange');
    firsts.push(
      new Promise((resolve) => {
        running.push(repeat(1000 / perSecond, (turn) => change(turn).then(resolve)));
      }),
    );
  }
  const reader = await open();
  const tables = kinds.map((kind) => KINDS[kind].table);
  running.push(
    repeat(READ_EVERY_MS, (turn) =>
      timed(reader, `SELECT count(*) FROM ${tables[turn % tables.length]}`, 'longestRead'),
    ),
  );
  await Promise.all(firsts);
  // What connecting and the first reading of the catalog take is nobody's waiting.
  Object.assign(seen, { longestChange: 0, longestRead: 0 });
  return {
    changes: () => seen.changes,
    stop: async () => {
      stopped = true;
      await Promise.all(running);
      await Promise.all(clients.map((client) => client.end()));
      return seen;
    },
  };
}
