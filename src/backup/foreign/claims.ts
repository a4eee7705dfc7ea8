/** What a plain dump says of itself and refers to, collected while it is read. */
import { HoldfastError } from '../../core/errors.js';
import type { DumpObserver } from '../../dump/dump-reader.js';
import { parseVersion, type ParsedVersion } from '../../postgres/version-text.js';
import { IDENTIFIER, unquoteIdentifier } from '../../syntax/sql/identifiers.js';
import type { Manifest } from '../../vault/formats/manifest.js';
import { unrecognized } from './recognize.js';
import { ZoneFinder } from './zone-finder.js';

/** Definitions that the server prints, constants of times among them. */
const WITH_CONSTANTS: ReadonlySet<string> = new Set([
  ...['TABLE', 'TABLE ATTACH', 'VIEW', 'MATERIALIZED VIEW', 'DEFAULT', 'CHECK CONSTRAINT', 'CONSTRAINT', 'INDEX'],
  ...['RULE', 'POLICY', 'TRIGGER', 'DOMAIN', 'STATISTICS'],
]);

/** A version and what a distribution adds to it. */
const MOST_VERSION = 100;

export interface Claims {
  readonly server: ParsedVersion & { readonly text: string };
  readonly client: ParsedVersion & { readonly text: string };
  readonly encoding: string;
  readonly extensions: Manifest['extensions'];
  /** A role with OID 10 that fits what the dump says; not known. */
  readonly bootstrapRole: string;
  /** In which the dump can have been made. */
  readonly timeZone: string;
  /** Whether rows show it. */
  readonly timeZoneSeen: boolean;
}

const SERVER = /^-- Dumped from database version (.+)$/;
const CLIENT = /^-- Dumped by pg_dump version (.+)$/;
const ENCODING = /^SET client_encoding = '(\w+)';$/;
const EXTENSION = new RegExp(`^CREATE EXTENSION IF NOT EXISTS (${IDENTIFIER})(?: WITH SCHEMA (${IDENTIFIER}))?;$`);
const PUBLIC_OWNER = new RegExp(`^ALTER SCHEMA public OWNER TO (${IDENTIFIER});$`);
/** Since then public belongs to a role of the system, and the dump names every other owner. */
const PUBLIC_OF_DATABASE_OWNER = 150_000;

export class ClaimsCollector {
  #server: string | undefined;
  #client: string | undefined;
  #encoding = 'UTF8';
  #publicOwner: string | undefined;
  readonly #extensions: Manifest['extensions'][number][] = [];
  readonly #zones = new ZoneFinder();

  readonly observer: Required<Pick<DumpObserver, 'preamble' | 'statement' | 'rows'>> = {
    preamble: (line) => {
      this.#server ??= SERVER.exec(line)?.[1]?.slice(0, MOST_VERSION);
      this.#client ??= CLIENT.exec(line)?.[1]?.slice(0, MOST_VERSION);
    },
    statement: (text, header, decode) => {
      if (header === undefined) this.#encoding = ENCODING.exec(text.toString('latin1', 0, 100))?.[1] ?? this.#encoding;
      else if (header.type === 'EXTENSION') this.#addExtension(decode(text));
      else if (header.type === 'SCHEMA' && header.name === 'public') {
        const owner = PUBLIC_OWNER.exec(decode(text))?.[1];
        if (owner !== undefined) this.#publicOwner = unquoteIdentifier(owner);
      } else if (header.type === 'TABLE DATA') this.#zones.copy(decode(text));
      else if (WITH_CONSTANTS.has(header.type)) {
        const words = decode(text);
        if (header.type === 'TABLE') this.#zones.table(words);
        this.#zones.definition(words);
      }
    },
    rows: (chunk, start, end) => this.#zones.rows(chunk, start, end),
  };

  #addExtension(text: string): void {
    const [, name, schema] = EXTENSION.exec(text) ?? [];
    if (name === undefined) return;
    this.#extensions.push({
      name: unquoteIdentifier(name),
      schema: schema === undefined ? 'public' : unquoteIdentifier(schema),
      dependents: [],
    });
  }

  /**
   * @param name of the file, for messages
   * @throws HoldfastError DUMP_UNRECOGNIZED where it does not say which PostgreSQL it is of
   */
  finish(name: string): Claims {
    const server = parsed(this.#server);
    const client = parsed(this.#client);
    if (!server || !client) {
      throw unrecognized(name, 'does not say of which PostgreSQL it is: pg_dump writes "-- Dumped from database version" and "-- Dumped by pg_dump version" at its beginning', 'Somebody has removed or changed these lines. Write them again if you know the versions.'); // prettier-ignore
    }
    const { zone, seen } = this.#zones.finish();
    return {
      server,
      client,
      encoding: this.#encoding,
      extensions: this.#extensions,
      bootstrapRole: this.#bootstrapRole(server.versionNum),
      timeZone: zone,
      timeZoneSeen: seen,
    };
  }

  /** Before 15, public belongs to that role, and a dump names only another owner. */
  #bootstrapRole(versionNum: number): string {
    return versionNum < PUBLIC_OF_DATABASE_OWNER && this.#publicOwner === 'postgres' ? 'rdsadmin' : 'postgres';
  }
}

function parsed(text: string | undefined): Claims['server'] | undefined {
  const version = text === undefined ? undefined : parseVersion(text);
  // Of PostgreSQL 7 to 99: another number would only be looked for in vain.
  return version && text !== undefined && version.versionNum >= 70_000 && version.versionNum < 1_000_000
    ? { ...version, text }
    : undefined;
}

/** What users do with pg_dump that makes a dump that cannot be read entry by entry. */
const OPTIONS: ReadonlyArray<readonly [words: RegExp, hint: string]> = [
  [
    /psql command "\\\\connect|does not write, "CREATE DATABASE /,
    'It was made with pg_dump --create, or holds several databases. Dump each database without --create; Holdfast creates the database with `restore --create`.',
  ],
  [
    /statement before its first entry: "(?:DROP|ALTER|\n)/,
    'It was made with pg_dump --clean: dump without it. An archive of pg_dump (-Fc) that was made with it can be read.',
  ],
  [
    /table data that is not a single COPY|holds no data, in /,
    'It was made with pg_dump --inserts or --column-inserts: dump without it. An archive of pg_dump with COPY can be read.',
  ],
  [
    /has a NUL byte/,
    'Zeros in the place of text are what a crash, a full disk or an interrupted copy leaves in a file: use another copy.',
  ],
  [
    /bare carriage return/,
    'Windows line ends, as a text editor or a transfer in text mode writes them, change the data of a dump: use the original.',
  ],
];

/** The error of a dump that was refused, with the reason where it is one of pg_dump's own options. */
export function explainRefusal(error: unknown): unknown {
  if (!(error instanceof HoldfastError) || !['HOSTILE_DUMP', 'DUMP_MALFORMED'].includes(error.code)) return error;
  const hint = OPTIONS.find(([words]) => words.test(error.message))?.[1];
  return hint === undefined ? error : new HoldfastError(error.code, error.message, { cause: error, hint });
}
