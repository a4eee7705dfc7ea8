import { describe, expect, it } from 'vitest';
import { isAmbiguousHeader, parseEntryHeader } from '../../src/dump/entry-header.js';

const HEADER = { data: false, type: 'TABLE', schema: 'public', name: 't', owner: 'hf', tablespace: null };

describe('a header line', () => {
  it.each([
    ['-- Name: t; Type: TABLE; Schema: public; Owner: hf', HEADER],
    ['-- Data for Name: t; Type: TABLE DATA; Schema: public; Owner: hf', { ...HEADER, data: true, type: 'TABLE DATA' }],
    [
      '-- Statistics for Name: t; Type: STATISTICS DATA; Schema: public; Owner: -',
      { ...HEADER, data: true, type: 'STATISTICS DATA', owner: null },
    ],
    ['-- Name: t; Type: TABLE; Schema: public; Owner: hf; Tablespace: fast', { ...HEADER, tablespace: 'fast' }],
    [
      '-- Name: hstore; Type: EXTENSION; Schema: -; Owner: -',
      { ...HEADER, type: 'EXTENSION', schema: null, name: 'hstore', owner: null },
    ],
    [
      '-- Name: EXTENSION hstore; Type: COMMENT; Schema: -; Owner: ',
      { ...HEADER, type: 'COMMENT', schema: null, name: 'EXTENSION hstore', owner: null },
    ],
    [
      '-- Name: f(integer, text); Type: FUNCTION; Schema: public; Owner: hf',
      { ...HEADER, type: 'FUNCTION', name: 'f(integer, text)' },
    ],
    ['-- Name: ünï; Type: TABLE; Schema: public; Owner: h f', { ...HEADER, name: 'ünï', owner: 'h f' }],
  ])('%s is read', (line, header) => {
    expect(parseEntryHeader(line)).toEqual(header);
    expect(isAmbiguousHeader(line)).toBe(false);
  });

  it.each([
    '-- PostgreSQL database dump',
    '-- Dumped from database version 15.18',
    '--  Name: t; Type: TABLE; Schema: public; Owner: hf',
    '-- Name: t; Type: TABLE; Owner: hf',
    '-- Name: t; Type: table; Schema: public; Owner: hf',
    '-- *not* creating schema, since initdb creates it',
  ])('%s is none', (line) => {
    expect(parseEntryHeader(line)).toBeUndefined();
  });

  it('gives the longest name when nothing tells its readings apart', () => {
    const line = '-- Name: a; Type: VIEW; Schema: s; Owner: o; Type: TABLE; Schema: public; Owner: hf';
    expect(isAmbiguousHeader(line)).toBe(true);
    expect(parseEntryHeader(line)).toEqual({ ...HEADER, name: 'a; Type: VIEW; Schema: s; Owner: o' });
  });

  it.each([
    [`CREATE TABLE "b; Type: TABLE; Schema: s".a (`, { schema: 'b; Type: TABLE; Schema: s', name: 'a' }],
    [`CREATE TABLE s."a; Type: TABLE; Schema: b" (`, { schema: 's', name: 'a; Type: TABLE; Schema: b' }],
  ])('that has two readings is told apart by the statement %s', (statement, names) => {
    const line = '-- Name: a; Type: TABLE; Schema: b; Type: TABLE; Schema: s; Owner: hf';
    expect(parseEntryHeader(line, statement)).toEqual({ ...HEADER, ...names });
  });

  it.each([
    ['INDEX', 'i', `CREATE INDEX i ON "Odd; Type: VIEW; Schema: s".t USING btree (a);`],
    [
      'CONSTRAINT',
      't t_pkey',
      `ALTER TABLE ONLY "Odd; Type: VIEW; Schema: s".t\n    ADD CONSTRAINT t_pkey PRIMARY KEY (a);`,
    ],
    ['ACL', 'TABLE t', `GRANT SELECT ON TABLE "Odd; Type: VIEW; Schema: s".t TO hf;`],
    [
      'DEFAULT ACL',
      'DEFAULT PRIVILEGES FOR TABLES',
      `ALTER DEFAULT PRIVILEGES FOR ROLE hf IN SCHEMA "Odd; Type: VIEW; Schema: s" GRANT SELECT ON TABLES TO x;`,
    ],
  ])('of type %s is told apart by the schema, as its tag %s is no name in the statement', (type, name, statement) => {
    const line = `-- Name: ${name}; Type: ${type}; Schema: Odd; Type: VIEW; Schema: s; Owner: hf`;
    expect(parseEntryHeader(line, statement)).toEqual({ ...HEADER, type, name, schema: 'Odd; Type: VIEW; Schema: s' });
  });

  it('is told apart by the statement where the schema has a line break, for which the header has a space', () => {
    const line = '-- Name: a; Type: TABLE; Schema: c d; Type: TABLE; Schema: s; Owner: hf';
    const names = { schema: 'c d; Type: TABLE; Schema: s', name: 'a' };
    expect(parseEntryHeader(line, `CREATE TABLE "c\nd; Type: TABLE; Schema: s".a (`)).toEqual({
      ...HEADER,
      ...names,
    });
  });
});
