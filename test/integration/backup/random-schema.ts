/** Random schemas with random data, as SQL: what nobody thought of when the fixtures were written. */
import fc from 'fast-check';
import pg from 'pg';

const { escapeIdentifier: id, escapeLiteral: literal } = pg;

/** Pieces that look like a dump, like SQL, or like nothing. */
const PIECES = [
  'a',
  'B',
  '0',
  ' ',
  ';',
  "'",
  '"',
  '\\',
  '.',
  '-',
  '--',
  '$',
  '$$',
  '\n',
  '\t',
  'ü',
  '漢',
  '; Type: ',
  'Name: ',
  'TABLE',
  'COPY ',
  '(',
  ')',
  ',',
  '%',
  '/*',
  '*/',
  '\\.',
  '::',
  'E',
];

/** Without NUL and halves of characters, which PostgreSQL does not take. */
const clean = (value: string) => value.replaceAll('\0', '').replace(/\p{Surrogate}/gu, '');

const text = fc.oneof(
  { weight: 3, arbitrary: fc.array(fc.constantFrom(...PIECES), { maxLength: 8 }).map((parts) => parts.join('')) },
  {
    weight: 1,
    arbitrary: fc.string({ unit: 'binary', maxLength: 20 }).map(clean),
  },
);

/** Names of at most 63 bytes; what makes them distinct comes first. */
const name = text.map((value) => {
  let short = value;
  while (Buffer.byteLength(short) > 40) short = clean(short.slice(0, -1));
  return short;
});

interface Type {
  readonly sql: string;
  readonly value: fc.Arbitrary<string>;
  /** Whether it has a default B-tree operator class. */
  readonly sortable: boolean;
}

const LABELS = ['sad', "it's", '; Type: x', 'plain', 'ü'];

const quotedText = text.map(literal);
const TYPES: readonly Type[] = [
  { sql: 'text', value: quotedText, sortable: true },
  { sql: 'character varying(300)', value: quotedText, sortable: true },
  { sql: 'integer', value: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }).map(String), sortable: true },
  { sql: 'bigint', value: fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n }).map(String), sortable: true },
  {
    sql: 'numeric',
    value: fc.tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.nat(9)).map(([n, d]) => `${n}.${d}`),
    sortable: true,
  },
  { sql: 'double precision', value: fc.double().map((value) => literal(String(value))), sortable: true },
  { sql: 'real', value: fc.float().map((value) => literal(String(value))), sortable: true },
  { sql: 'boolean', value: fc.boolean().map(String), sortable: true },
  {
    sql: 'timestamp with time zone',
    value: fc.integer({ min: -2e9, max: 4e9 }).map((at) => `to_timestamp(${at}.${Math.abs(at) % 1000})`),
    sortable: true,
  },
  {
    sql: 'date',
    value: fc.integer({ min: -700_000, max: 900_000 }).map((day) => `date '2000-01-01' + ${day}`),
    sortable: true,
  },
  {
    sql: 'interval',
    value: fc
      .tuple(fc.integer({ min: -99, max: 99 }), fc.integer({ min: -99_999, max: 99_999 }))
      .map(([months, seconds]) => `make_interval(months => ${months}, secs => ${seconds}.25)`),
    sortable: true,
  },
  {
    sql: 'bytea',
    value: fc.uint8Array({ maxLength: 30 }).map((bytes) => `'\\x${Buffer.from(bytes).toString('hex')}'`),
    sortable: true,
  },
  {
    sql: 'jsonb',
    value: fc
      .json({ maxDepth: 2 })
      .filter((json) => !json.includes('\\u'))
      .map(literal),
    sortable: true,
  },
  { sql: 'uuid', value: fc.uuid().map(literal), sortable: true },
  {
    sql: 'text[]',
    value: fc
      .array(fc.option(quotedText), { maxLength: 4 })
      .map((items) => `ARRAY[${items.map((item) => item ?? 'NULL').join(', ')}]::text[]`),
    sortable: true,
  },
  {
    sql: 'int4range',
    value: fc
      .tuple(fc.integer({ min: -99, max: 0 }), fc.integer({ min: 1, max: 99 }))
      .map(([from, to]) => `int4range(${from}, ${to})`),
    sortable: true,
  },
  { sql: 'point', value: fc.tuple(fc.integer(), fc.integer()).map(([x, y]) => `point(${x}, ${y})`), sortable: false },
  { sql: 'bit varying', value: fc.stringMatching(/^[01]{0,20}$/).map((bits) => `B'${bits}'`), sortable: true },
  { sql: 'hf.mood', value: fc.constantFrom(...LABELS).map(literal), sortable: true },
  {
    sql: 'hf.pair',
    value: fc.tuple(fc.integer(), quotedText).map(([a, b]) => `ROW(${a}, ${b})::hf.pair`),
    sortable: true,
  },
  { sql: 'hf.short', value: fc.stringMatching(/^[a-z ]{0,5}$/).map(literal), sortable: true },
];

interface Column {
  readonly name: string;
  readonly type: Type;
  readonly extra: 'plain' | 'not null' | 'default' | 'generated';
}

interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly kind: 'plain' | 'unlogged' | 'list' | 'range' | 'hash' | 'hash on an enum' | 'child';
  readonly identity: 'none' | 'serial' | 'always' | 'by default';
  readonly index: 'none' | 'plain' | 'unique' | 'partial' | 'expression';
  readonly key: boolean;
  readonly check: boolean;
  readonly comment: string | undefined;
  readonly grant: 'none' | 'table' | 'column';
  readonly policy: boolean;
  readonly view: 'none' | 'view' | 'materialized' | 'empty';
  readonly owner: 'superuser' | 'rand_owner';
  readonly rows: readonly (readonly (string | undefined)[])[];
  /** Rows to delete again: one of so many. */
  readonly deleted: number;
}

const columns = fc.array(
  fc.record({
    name,
    type: fc.constantFrom(...TYPES),
    extra: fc.constantFrom('plain', 'not null', 'default', 'generated'),
  }),
  { maxLength: 6 },
);

const table: fc.Arbitrary<Table> = columns.chain(
  (list) =>
    fc.record({
      name,
      columns: fc.constant(list),
      kind: fc.constantFrom('plain', 'plain', 'unlogged', 'list', 'range', 'hash', 'hash on an enum', 'child'),
      identity: fc.constantFrom('none', 'serial', 'always', 'by default'),
      index: fc.constantFrom('none', 'plain', 'unique', 'partial', 'expression'),
      key: fc.boolean(),
      check: fc.boolean(),
      comment: fc.option(text, { nil: undefined }),
      grant: fc.constantFrom('none', 'table', 'column'),
      policy: fc.boolean(),
      view: fc.constantFrom('none', 'view', 'materialized', 'empty'),
      owner: fc.constantFrom('superuser', 'rand_owner'),
      rows: fc.array(fc.tuple(...list.map(({ type }) => fc.option(type.value, { nil: undefined }))), { maxLength: 12 }),
      deleted: fc.integer({ min: 2, max: 9 }),
    }) as fc.Arbitrary<Table>,
);

/**
 * A schema and its data, as statements for an empty database. Chance makes some that PostgreSQL refuses (a null where a
 * parent table forbids it): whoever runs them leaves those out.
 */
export const randomDatabase: fc.Arbitrary<string[]> = fc
  .record({
    schema: name,
    tables: fc.array(table, { minLength: 1, maxLength: 5 }),
    bodies: fc.array(text, { maxLength: 3 }),
    sequences: fc.array(fc.record({ name, start: fc.integer({ min: 1, max: 1000 }), used: fc.boolean() }), {
      maxLength: 3,
    }),
    largeObjects: fc.array(fc.uint8Array({ maxLength: 5000 }), { maxLength: 2 }),
  })
  .map(({ schema, tables, bodies, sequences, largeObjects }) => {
    const s = id(`s${schema}`);
    return [
      ...PREPARE,
      `CREATE SCHEMA ${s}`,
      `COMMENT ON SCHEMA ${s} IS ${literal(schema)}`,
      'GRANT USAGE ON SCHEMA hf TO rand_reader',
      ...tables.flatMap((one, index) => tableStatements(s, one, index, tables)),
      ...bodies.flatMap((body, index) => [
        `CREATE FUNCTION ${s}.f${index}(a text DEFAULT ${literal(body)}) RETURNS text LANGUAGE plpgsql AS ${literal(`BEGIN\n/* ${body.replaceAll('/*', '').replaceAll('*/', '')} */ RETURN ${literal(body)}; END`)}`,
        `COMMENT ON FUNCTION ${s}.f${index}(text) IS ${literal(body)}`,
      ]),
      ...sequences.flatMap((sequence, index) => {
        const full = `${s}.${id(`q${index}${sequence.name}`)}`;
        return [
          `CREATE SEQUENCE ${full} MINVALUE 1`,
          `SELECT setval(${literal(full)}, ${sequence.start}, ${sequence.used})`,
        ];
      }),
      ...largeObjects.map((bytes) => `SELECT lo_from_bytea(0, '\\x${Buffer.from(bytes).toString('hex')}')`),
    ];
  });

const PREPARE = [
  `DO $$ BEGIN CREATE ROLE rand_owner; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`,
  `DO $$ BEGIN CREATE ROLE rand_reader; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`,
  `CREATE SCHEMA hf`,
  `CREATE TYPE hf.mood AS ENUM (${LABELS.map(literal).join(', ')})`,
  `CREATE TYPE hf.pair AS (a integer, b text)`,
  `CREATE DOMAIN hf.short AS text CHECK (length(VALUE) < 10)`,
];

function tableStatements(schema: string, one: Table, index: number, all: readonly Table[]): string[] {
  const full = `${schema}.${id(`t${index}${one.name}`)}`;
  const list = one.columns.map((column, at) => ({ ...column, quoted: id(`c${at}${column.name}`) }));
  const isPartitioned = ['list', 'range', 'hash', 'hash on an enum'].includes(one.kind);
  const parentIndex = one.kind === 'child' ? all.slice(0, index).findIndex(({ kind }) => kind === 'plain') : -1;
  const stored = list.filter(({ extra }) => extra !== 'generated');

  const definitions = list.map(({ quoted, type, extra }) => {
    if (extra === 'generated') return `${quoted} text GENERATED ALWAYS AS ('x' || (part)::text) STORED`;
    const suffix = { plain: '', default: ' DEFAULT NULL', 'not null': ' NOT NULL', generated: '' }[extra];
    return `${quoted} ${type.sql}${suffix}`;
  });
  // In every table: what it is partitioned by, and what tells its rows apart.
  definitions.push('part integer NOT NULL DEFAULT 0', `mood hf.mood DEFAULT 'sad'`);
  if (one.identity === 'serial') definitions.push('n serial');
  // Children and partitions take no identity of their own in this version.
  else if (one.identity !== 'none' && !isPartitioned)
    definitions.push(`n integer GENERATED ${one.identity === 'always' ? 'ALWAYS' : 'BY DEFAULT'} AS IDENTITY`);
  if (one.check) definitions.push(`CHECK (part BETWEEN -1 AND 1000 AND (mood IN ('sad', 'ü') OR part IS NOT NULL))`);

  const by = { list: 'LIST (part)', range: 'RANGE (part)', hash: 'HASH (part)', 'hash on an enum': 'HASH (mood)' }[
    one.kind as 'list'
  ];
  const parent = parentIndex < 0 ? '' : ` INHERITS (${schema}.${id(`t${parentIndex}${all[parentIndex]!.name}`)})`;
  const childDefinitions = parentIndex < 0 ? definitions : ['own text', 'part integer NOT NULL DEFAULT 0'];
  const statements = [
    `CREATE ${one.kind === 'unlogged' ? 'UNLOGGED ' : ''}TABLE ${full} (${childDefinitions.join(', ')})${isPartitioned ? ` PARTITION BY ${by}` : parent}`,
  ];
  const leaf = (at: number) => `${schema}.${id(`p${index}_${at}${one.name}`.slice(0, 20))}`;
  if (one.kind === 'list') {
    statements.push(
      `CREATE TABLE ${leaf(0)} PARTITION OF ${full} FOR VALUES IN (0, 1, 2)`,
      `CREATE TABLE ${leaf(1)} PARTITION OF ${full} DEFAULT`,
    );
  } else if (one.kind === 'range') {
    statements.push(
      `CREATE TABLE ${leaf(0)} PARTITION OF ${full} FOR VALUES FROM (MINVALUE) TO (3)`,
      `CREATE TABLE ${leaf(1)} PARTITION OF ${full} FOR VALUES FROM (3) TO (MAXVALUE)`,
    );
  } else if (isPartitioned) {
    for (const at of [0, 1, 2])
      statements.push(`CREATE TABLE ${leaf(at)} PARTITION OF ${full} FOR VALUES WITH (MODULUS 3, REMAINDER ${at})`);
  }
  const inherited = parentIndex >= 0;
  const own = inherited ? [] : stored;
  one.rows.forEach((row, at) => {
    const cells = own.map(
      (column) =>
        row[list.findIndex(({ quoted }) => quoted === column.quoted)] ??
        (column.extra === 'not null' ? undefined : 'NULL'),
    );
    if (cells.some((cell) => cell === undefined)) return;
    const mood = literal(LABELS[at % LABELS.length]!);
    statements.push(
      `INSERT INTO ${full} (${[...own.map(({ quoted }) => quoted), 'part', ...(inherited ? [] : ['mood'])].join(', ')}) VALUES (${[...cells, String(at), ...(inherited ? [] : [mood])].join(', ')})`,
    );
  });
  if (one.key && !isPartitioned) statements.push(`ALTER TABLE ${full} ADD PRIMARY KEY (part)`);
  const sortable = own.find(({ type, extra }) => type.sortable && extra !== 'default');
  if (sortable && one.index !== 'none') {
    const on = {
      plain: `(${sortable.quoted} DESC)`,
      unique: '(part, mood, ctid)',
      partial: `(${sortable.quoted}) WHERE part > 3 AND part < 9`,
      expression: `((part + 1), lower(${sortable.quoted}::text))`,
      none: '',
    }[one.index];
    const isImmutable = ['text', 'character varying(300)', 'hf.short', 'integer', 'bigint', 'boolean', 'uuid'].includes(
      sortable.type.sql,
    );
    if (one.index === 'unique')
      statements.push(`CREATE UNIQUE INDEX ON ${full} (part, mood)`.replace('UNIQUE ', isPartitioned ? '' : 'UNIQUE '));
    else if (one.index !== 'expression' || isImmutable) statements.push(`CREATE INDEX ON ${full} ${on}`);
  }
  if (one.comment !== undefined) {
    statements.push(
      `COMMENT ON TABLE ${full} IS ${literal(one.comment)}`,
      `COMMENT ON COLUMN ${full}.part IS ${literal(one.comment)}`,
    );
  }
  if (one.grant === 'table') statements.push(`GRANT SELECT, INSERT ON ${full} TO rand_reader WITH GRANT OPTION`);
  if (one.grant === 'column') statements.push(`GRANT SELECT (part), UPDATE (part) ON ${full} TO rand_reader`);
  if (one.policy) {
    statements.push(
      `ALTER TABLE ${full} ENABLE ROW LEVEL SECURITY`,
      `CREATE POLICY ${id(`y${one.name}`)} ON ${full} TO rand_reader USING (part IN (1, 2) AND mood <> ALL (ARRAY['sad', 'ü']::hf.mood[]))`,
    );
  }
  if (one.view !== 'none') {
    const view = `${schema}.${id(`v${index}${one.name}`)}`;
    const query = `SELECT *, CASE WHEN part BETWEEN 2 AND 5 THEN ${literal(one.name)} END AS extra FROM ${full} WHERE part < 7`;
    statements.push(
      `CREATE ${one.view === 'view' ? '' : 'MATERIALIZED '}VIEW ${view} AS ${query}${one.view === 'empty' ? ' WITH NO DATA' : ''}`,
    );
  }
  statements.push(
    `DELETE FROM ${full} WHERE part % ${one.deleted} = 1`,
    `UPDATE ${full} SET part = part WHERE part % 2 = 0`,
  );
  if (one.owner === 'rand_owner') statements.push(`ALTER TABLE ${full} OWNER TO rand_owner`);
  return statements;
}
