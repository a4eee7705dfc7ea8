/** Dumps of one kind each, as streams of chunks that are made on the way: nothing as large as the dump is in memory. */
import { randomBytes } from 'node:crypto';

const CHUNK = 65_536;

const PREAMBLE = `--
-- PostgreSQL database dump
--

SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;

`;
const CLOSING = '--\n-- PostgreSQL database dump complete\n--\n\n';

function header(prefix, name, type, schema) {
  return `--\n-- ${prefix}: ${name}; Type: ${type}; Schema: ${schema}; Owner: ${schema === '-' ? '-' : 'owner'}\n--\n\n`;
}

function* chunks(...parts) {
  for (const part of parts) {
    if (typeof part === 'string') yield Buffer.from(part);
    else yield* part;
  }
}

/** `unit`, as often as makes `bytes`, in chunks that end anywhere in it. */
function* repeated(unit, bytes) {
  // Two in a row, so that a chunk can begin anywhere in the first.
  const double = Buffer.concat([unit, unit]);
  const whole = unit.length * Math.ceil(bytes / unit.length);
  for (let at = 0; at < whole; at += CHUNK) {
    const start = at % unit.length;
    yield double.subarray(start, start + Math.min(CHUNK, whole - at));
  }
}

function tableData(rows) {
  return chunks(
    PREAMBLE,
    header('Data for Name', 't', 'TABLE DATA', 'public'),
    'COPY public.t (a, b, c) FROM stdin;\n',
    rows,
    '\\.\n\n\n',
    CLOSING,
  );
}

function rowsOf(width) {
  const line = () =>
    `${randomBytes(width)
      .toString('base64url')
      .slice(0, width - 1)}\n`;
  return Buffer.from(Array.from({ length: Math.ceil(1e6 / width) }, line).join(''));
}

function lowrite(bytes) {
  return `SELECT pg_catalog.lowrite(0, '\\x${randomBytes(bytes).toString('hex')}');\n`;
}

/** @param bytes about how large the dump becomes */
function largeObjects(bytes) {
  // pg_dump writes 16 KiB at a time.
  const object = (contents) =>
    `SELECT pg_catalog.lo_open('16401', 131072);\n${contents}SELECT pg_catalog.lo_close(0);\n\n`;
  const unit = Buffer.from(object(Array.from({ length: 40 }, () => lowrite(16_384)).join('')));
  return chunks(
    PREAMBLE,
    header('Data for Name', 'BLOBS', 'BLOBS', '-'),
    'BEGIN;\n\n',
    repeated(unit, bytes),
    'COMMIT;\n\n',
    CLOSING,
  );
}

function* definitions(count) {
  let text = PREAMBLE;
  for (let n = 0; n < count; n++) {
    const name = `orders_of_customer_${n}`;
    text += header('Name', name, 'TABLE', 'public');
    text += `CREATE TABLE public.${name} (\n    id bigint NOT NULL,\n    status character varying(10) DEFAULT 'new'::character varying,\n`;
    text += `    amount numeric(12,2),\n    placed timestamp with time zone DEFAULT now(),\n`;
    text += `    CONSTRAINT ${name}_check CHECK (((amount > (0)::numeric) AND ((status)::text = ANY ((ARRAY['new'::character varying, 'gone'::character varying])::text[]))))\n);\n\n\n`;
    text += `ALTER TABLE public.${name} OWNER TO owner;\n\n`;
    if (text.length >= CHUNK) {
      yield Buffer.from(text);
      text = '';
    }
  }
  yield Buffer.from(text + CLOSING);
}

/** Kinds of dumps, each a function from a size in bytes to its chunks. */
export const inputs = {
  'rows of 100 bytes': (bytes) => tableData(repeated(rowsOf(100), bytes)),
  'rows of 1000 bytes': (bytes) => tableData(repeated(rowsOf(1000), bytes)),
  'one row': (bytes) => tableData(chunks(repeated(Buffer.alloc(CHUNK, 'x'), bytes), '\n')),
  'large objects': largeObjects,
  "500,000 tables' definitions": () => definitions(500_000),
};
