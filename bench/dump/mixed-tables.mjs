/**
 * Tables with what applications keep: people with hashes and tokens, rows of mixed columns, short rows of numbers, wide
 * JSON documents.
 * Every value is computed from the row's number, so the content is the same each time.
 */

const STATES = "(ARRAY['pending','paid','shipped','delivered','returned','refunded'])";
const WORD_COUNT = 500;
/** A number below `n` that looks random, the same for the same row and place. */
const pick = (place, n) => `(abs(hashint8extended(g, ${place})) % ${n})`;
const state = (place) => `${STATES}[1 + ${pick(place, 6)}]`;
const word = (place) => `bench_word(${pick(place, WORD_COUNT)})`;
const words = (first, count) => Array.from({ length: count }, (_, index) => word(first + index)).join(" || ' ' || ");

/** Words of one to four syllables, the shorter ones first. */
function vocabulary() {
  const syllables = ['b', 'd', 'f', 'g', 'h', 'k', 'l', 'm', 'n', 'p', 'r', 's', 'st', 't', 'v', 'w'].flatMap((start) =>
    ['a', 'e', 'i', 'o', 'u', 'an', 'er', 'in', 'on', 'us'].map((end) => start + end),
  );
  return Array.from({ length: WORD_COUNT }, (_, index) => {
    let name = '';
    // Steps that share no factor with the number of syllables, so that neighbors in the list look different.
    for (let rest = index + 1; rest > 0; rest = Math.floor(rest / 20)) {
      name += syllables[(rest * 37 + name.length * 11) % syllables.length];
    }
    return name;
  });
}

/** `share` of the plain SQL, and what a row holds. */
export const mixedTables = {
  customers: {
    share: 0.4,
    columns: `g AS id, ${word(80)} || '.' || ${word(81)} || g || '@' || ${word(82)} || '.example' AS email,
      encode(sha256(('p' || g)::bytea), 'hex') AS password_hash, md5('t' || g)::uuid AS token,
      ${state(83)} AS status, timestamptz '2020-01-01 00:00:00+00' + make_interval(secs => ${pick(84, 150_000_000)}) AS joined_at,
      ${words(85, 4)} AS address`,
  },
  orders: {
    share: 0.35,
    columns: `g AS id, ${pick(1, 500_000)}::int AS customer_id, ${state(2)} AS status,
      (${pick(3, 10_000_000)} / 100.0)::numeric(12,2) AS total, 'EUR'::char(3) AS currency,
      timestamptz '2024-01-01 00:00:00+00' + make_interval(secs => g * 7 + ${pick(4, 1000)} / 1000.0) AS placed_at,
      md5(g::text)::uuid AS reference,
      CASE WHEN ${pick(5, 3)} = 0 THEN NULL ELSE ${words(6, 7)} END AS note`,
  },
  order_lines: {
    share: 0.15,
    columns: `g AS id, (g / 3)::bigint AS order_id, (g % 3 + 1)::smallint AS line, ${pick(20, 40_000)}::int AS product_id,
      (1 + ${pick(21, 5)})::smallint AS quantity, (${pick(22, 50_000)} / 100.0)::numeric(10,2) AS price,
      ${pick(23, 10)} = 0 AS is_gift`,
  },
  events: {
    share: 0.1,
    columns: `g AS id, timestamp '2024-01-01' + make_interval(secs => g * 11) AS happened_at,
      jsonb_build_object(
        'type', ${word(30)} || '.' || ${word(31)}, 'session', md5('s' || g / 9), 'request', md5('r' || g),
        'actor', jsonb_build_object('id', ${pick(32, 500_000)}, 'name', ${words(33, 2)},
          'address', ${pick(35, 256)} || '.' || ${pick(36, 256)} || '.' || ${pick(37, 256)} || '.' || ${pick(38, 256)}),
        'tags', jsonb_build_array(${word(39)}, ${word(40)}, ${word(41)}),
        'measures', jsonb_build_array(${pick(42, 100_000)}, ${pick(43, 100_000)} / 1000.0, ${pick(44, 1000)}, NULL, true),
        'before', jsonb_build_object('status', ${state(45)}, 'text', ${words(46, 12)}),
        'after', jsonb_build_object('status', ${state(60)}, 'text', ${words(61, 12)} || E'\\n\\t' || ${words(75, 6)})
      ) AS payload`,
  },
};

/** Squared, so that some words are frequent and many are rare, as in a language. */
export const wordFunction = `CREATE FUNCTION bench_word(pick bigint) RETURNS text LANGUAGE sql IMMUTABLE RETURN
  (ARRAY[${vocabulary()
    .map((each) => `'${each}'`)
    .join(',')}])[1 + (pick ^ 2 / ${WORD_COUNT})::int]`;

const SAMPLE_ROWS = 20_000;

/** Makes a table of so many rows that their plain SQL is at least `size` bytes. */
export async function fillTable(psql, name, columns, size) {
  const rows = (first, last) => `SELECT ${columns} FROM generate_series(${first}::bigint, ${last}::bigint) AS g`;
  await psql(`CREATE TABLE ${name} AS ${rows(1, SAMPLE_ROWS)}`);
  // A little below the width of the COPY line, so that the sum comes out above the size that was asked for.
  const width = Number(await psql(`SELECT avg(octet_length(translate(t::text, '"()\\', ''))) FROM ${name} AS t`));
  const count = Math.max(SAMPLE_ROWS, Math.ceil(size / width));
  await psql(`INSERT INTO ${name} ${rows(SAMPLE_ROWS + 1, count)}`);
  await psql(`ALTER TABLE ${name} ADD PRIMARY KEY (id)`);
}
