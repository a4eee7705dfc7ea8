/**
 * Reads a globals file: exactly the statements that pg_dumpall --globals-only and the database's part of pg_dump --create
 * write (PostgreSQL 13 to 18), in their spellings.
 *
 * Anyone who can write backups can write this file, and an administrator runs it. So a grammar says what may be in it,
 * rather than a search what may not: any other statement, clause or form of a name, or anything about a role or a
 * database that the file does not create, makes the whole file refused. See docs/decisions/0023-globals-by-grammar.md.
 */
import type { HoldfastError } from '../core/errors.js';
import { quoted } from '../core/quoted.js';
import { quoteIdentifier } from '../syntax/sql/identifiers.js';
import { hostile, splitStatements } from './globals-statements.js';
import type {
  DatabaseCreation,
  DatabaseStatement,
  Membership,
  ParsedGlobals,
  RoleSetting,
  RoleStatement,
  TablespaceStatement,
} from './parsed-globals.js';
import { StatementTokens, Unexpected } from './statement-tokens.js';

/**
 * @throws HoldfastError HOSTILE_DUMP for whatever these programs do not write, DUMP_TRUNCATED
 */
export function parseGlobals(text: string): ParsedGlobals {
  const reader = new GlobalsReader();
  for (const statement of splitStatements(text)) reader.read(statement);
  return reader.finish();
}

const NO_ATTRIBUTES = { attributes: [], attributesStart: 0, attributesEnd: 0 } as const;

const SESSION: ReadonlySet<string> = new Set([
  'SET default_transaction_read_only = off ;',
  "SET client_encoding = 'UTF8' ;",
  'SET standard_conforming_strings = on ;',
  'SET standard_conforming_strings = off ;',
  'SET escape_string_warning = off ;',
]);

/** In pg_dumpall's order. */
const ATTRIBUTES = ['SUPERUSER', 'INHERIT', 'CREATEROLE', 'CREATEDB', 'LOGIN', 'REPLICATION', 'BYPASSRLS'];

const PRIVILEGES = {
  DATABASE: ['ALL', 'CREATE', 'CONNECT', 'TEMPORARY'],
  TABLESPACE: ['ALL', 'CREATE'],
  PARAMETER: ['ALL', 'SET', 'ALTER SYSTEM'],
} as const;

type GrantedKind = keyof typeof PRIVILEGES;

/** In pg_dump's order; those of strings, each at most once. */
const LOCALE_OPTIONS = ['LOCALE', 'LC_COLLATE', 'LC_CTYPE', 'BUILTIN_LOCALE', 'ICU_LOCALE', 'ICU_RULES'];

class GlobalsReader {
  readonly #roles: RoleStatement[] = [];
  readonly #memberships: Membership[] = [];
  readonly #tablespaces: TablespaceStatement[] = [];
  readonly #roleSettings: RoleSetting[] = [];
  readonly #database: DatabaseStatement[] = [];
  #creation: DatabaseCreation | undefined;
  readonly #made = { ROLE: new Set<string>(), TABLESPACE: new Set<string>() };
  /** Roles that a statement is about, and where it says so. */
  readonly #concerned: { readonly role: string; readonly tokens: StatementTokens; readonly alters: boolean }[] = [];
  #standardStrings = true;

  /** @throws HoldfastError HOSTILE_DUMP */
  read(text: string): void {
    const tokens = new StatementTokens(text, this.#standardStrings);
    try {
      if (this.#readSession(tokens)) return;
      if (tokens.take('CREATE')) this.#readCreate(tokens);
      else if (tokens.take('ALTER')) this.#readAlter(tokens);
      else if (tokens.take('COMMENT')) this.#readComment(tokens);
      else if (tokens.take('SECURITY')) this.#readLabel(tokens);
      else if (tokens.take('GRANT')) this.#readGrant(tokens);
      else if (tokens.take('REVOKE')) this.#readRevoke(tokens);
      else throw new Unexpected('not one of its statements');
    } catch (error) {
      throw error instanceof Unexpected ? unexpected(tokens, error) : error;
    }
  }

  finish(): ParsedGlobals {
    for (const { role, tokens, alters } of this.#concerned) {
      // PostgreSQL's own are in no globals, but roles are members of them.
      if (this.#made.ROLE.has(role) || (role.startsWith('pg_') && !alters)) continue;
      throw unexpected(tokens, new Unexpected(`the file does not create the role ${quoteIdentifier(role)}`));
    }
    return {
      roles: this.#roles,
      memberships: this.#memberships,
      tablespaces: this.#tablespaces,
      roleSettings: this.#roleSettings,
      database: this.#database,
      creation: this.#creation,
    };
  }

  /** What sets the session up is not run: ours has its own settings. */
  #readSession(tokens: StatementTokens): boolean {
    const all = tokens.joined;
    if (SESSION.has(all)) {
      if (all.startsWith('SET standard_conforming_strings')) this.#standardStrings = all.endsWith('= on ;');
      return true;
    }
    // Around the grants of one who is not the owner. They are run by whoever restores.
    if (all === 'RESET SESSION AUTHORIZATION ;') return true;
    if (!tokens.take('SET')) return false;
    tokens.expect('SESSION', 'AUTHORIZATION');
    this.#concernedRole(tokens);
    tokens.end();
    return true;
  }

  #readCreate(tokens: StatementTokens): void {
    if (tokens.take('ROLE')) {
      const role = this.#newName(tokens, 'ROLE');
      tokens.end();
      this.#roles.push({ text: tokens.text, role, creates: true, ...NO_ATTRIBUTES });
    } else if (tokens.take('TABLESPACE')) {
      const tablespace = this.#newName(tokens, 'TABLESPACE');
      tokens.expect('OWNER');
      this.#concernedRole(tokens);
      tokens.expect('LOCATION');
      tokens.string();
      tokens.end();
      this.#tablespaces.push({ text: tokens.text, tablespace, kind: 'create' });
    } else {
      tokens.expect('DATABASE');
      this.#readCreateDatabase(tokens);
    }
  }

  #readCreateDatabase(tokens: StatementTokens): void {
    if (this.#creation) throw new Unexpected('the file already creates another database');
    const nameStart = tokens.nextStart;
    const name = tokens.name();
    const nameEnd = tokens.takenEnd;
    tokens.expect('WITH', 'TEMPLATE', '=', 'template0', 'ENCODING', '=');
    tokens.string();
    if (tokens.take('LOCALE_PROVIDER')) {
      tokens.expect('=');
      if (!['libc', 'icu', 'builtin'].some((provider) => tokens.take(provider))) tokens.refuse('a provider');
    }
    for (const option of LOCALE_OPTIONS) {
      if (!tokens.take(option)) continue;
      tokens.expect('=');
      tokens.string();
    }
    let tablespace: string | undefined;
    const optionsEnd = tokens.takenEnd;
    if (tokens.take('TABLESPACE')) {
      tokens.expect('=');
      tablespace = quoteIdentifier(tokens.name());
    }
    tokens.end();
    this.#creation = { name, options: tokens.text.slice(nameEnd, optionsEnd).trim(), tablespace };
    this.#database.push({ text: tokens.text, nameStart, nameEnd, creates: true });
  }

  #readAlter(tokens: StatementTokens): void {
    if (tokens.take('ROLE')) {
      const role = tokens.name();
      // It changes what the role is in the database of the file alone, which may be made by a later step.
      if (tokens.take('IN')) {
        tokens.expect('DATABASE');
        const database = this.#databaseName(tokens);
        const setting = readSetting(tokens);
        this.#database.push({ text: tokens.text, ...database, creates: false, setting });
        return;
      }
      this.#concerned.push({ role, tokens, alters: true });
      if (tokens.at('SET')) {
        readSetting(tokens);
        this.#roleSettings.push({ text: tokens.text, role, isGrant: false });
        return;
      }
      this.#roles.push({ text: tokens.text, role, creates: false, ...readAttributes(tokens) });
    } else if (tokens.take('TABLESPACE')) {
      const tablespace = this.#madeTablespace(tokens);
      tokens.expect('SET', '(');
      do {
        tokens.name();
        tokens.expect('=');
        tokens.value();
      } while (tokens.take(','));
      tokens.expect(')');
      tokens.end();
      this.#tablespaces.push({ text: tokens.text, tablespace, kind: 'other' });
    } else {
      tokens.expect('DATABASE');
      this.#readAlterDatabase(tokens);
    }
  }

  #readAlterDatabase(tokens: StatementTokens): void {
    const database = this.#databaseName(tokens);
    if (tokens.at('SET')) {
      const setting = readSetting(tokens);
      this.#database.push({ text: tokens.text, ...database, creates: false, setting });
      return;
    }
    if (tokens.take('OWNER')) {
      tokens.expect('TO');
      tokens.name();
    } else if (tokens.take('CONNECTION')) {
      tokens.expect('LIMIT', '=');
      tokens.integer();
    } else {
      tokens.expect('IS_TEMPLATE', '=', 'true');
    }
    tokens.end();
    this.#database.push({ text: tokens.text, ...database, creates: false });
  }

  #readComment(tokens: StatementTokens): void {
    tokens.expect('ON');
    this.#readRemark(tokens);
  }

  #readLabel(tokens: StatementTokens): void {
    tokens.expect('LABEL', 'FOR');
    tokens.name();
    tokens.expect('ON');
    this.#readRemark(tokens);
  }

  /** From the kind of what is remarked upon: `ROLE a IS 'x';`. */
  #readRemark(tokens: StatementTokens): void {
    const rest = () => {
      tokens.expect('IS');
      tokens.string();
      tokens.end();
    };
    if (tokens.take('ROLE')) {
      const role = this.#concernedRole(tokens, true);
      rest();
      this.#roles.push({ text: tokens.text, role, creates: false, ...NO_ATTRIBUTES });
    } else if (tokens.take('TABLESPACE')) {
      const tablespace = this.#madeTablespace(tokens);
      rest();
      this.#tablespaces.push({ text: tokens.text, tablespace, kind: 'other' });
    } else {
      tokens.expect('DATABASE');
      const database = this.#databaseName(tokens);
      rest();
      this.#database.push({ text: tokens.text, ...database, creates: false });
    }
  }

  #readGrant(tokens: StatementTokens): void {
    const kind = tokens.grantedKind();
    if (kind !== undefined) {
      this.#readPrivilege(tokens, 'GRANT', kind);
      return;
    }
    const role = this.#concernedRole(tokens);
    tokens.expect('TO');
    const member = this.#concernedRole(tokens);
    if (tokens.take('WITH')) readMembershipOptions(tokens);
    if (tokens.take('GRANTED')) {
      tokens.expect('BY');
      this.#concernedRole(tokens);
    }
    tokens.end();
    this.#memberships.push({ text: tokens.text, role, member });
  }

  #readRevoke(tokens: StatementTokens): void {
    const kind = tokens.grantedKind();
    if (kind === undefined) throw new Unexpected('it revokes a membership');
    this.#readPrivilege(tokens, 'REVOKE', kind);
  }

  #readPrivilege(tokens: StatementTokens, verb: 'GRANT' | 'REVOKE', kind: string): void {
    if (!isGrantedKind(kind)) throw new Unexpected(`it is about a ${kind}`);
    const optionOnly = verb === 'REVOKE' && tokens.take('GRANT');
    if (optionOnly) tokens.expect('OPTION', 'FOR');
    const privileges: string[] = [];
    do {
      const privilege = PRIVILEGES[kind].find((name) => tokens.take(...name.split(' ')));
      if (privilege === undefined || privileges.includes(privilege)) tokens.refuse('a privilege');
      else privileges.push(privilege);
    } while (tokens.take(','));
    tokens.expect('ON', kind);
    const database = kind === 'DATABASE' ? this.#databaseName(tokens) : undefined;
    const tablespace = kind === 'TABLESPACE' ? this.#madeTablespace(tokens) : '';
    if (kind === 'PARAMETER') tokens.name();
    tokens.expect(verb === 'GRANT' ? 'TO' : 'FROM');
    const grantee = this.#grantee(tokens, kind !== 'DATABASE');
    if (verb === 'GRANT' && tokens.take('WITH')) tokens.expect('GRANT', 'OPTION');
    tokens.end();
    const { text } = tokens;
    if (database) {
      const grant = { verb, optionOnly, privileges, grantee };
      this.#database.push({ text, ...database, creates: false, grant });
    } else if (kind === 'TABLESPACE') {
      this.#tablespaces.push({ text, tablespace, kind: 'grant' });
    } else {
      this.#roleSettings.push({ text, role: grantee, isGrant: true });
    }
  }

  /** @returns `undefined` for PUBLIC */
  #grantee(tokens: StatementTokens, concerned: boolean): string | undefined {
    if (tokens.take('PUBLIC')) return undefined;
    // So pg_dump, up to some version, writes a role whose name begins with "group ".
    tokens.take('GROUP');
    return concerned ? this.#concernedRole(tokens) : tokens.name();
  }

  #newName(tokens: StatementTokens, kind: 'ROLE' | 'TABLESPACE'): string {
    const name = tokens.name();
    if (name.startsWith('pg_')) throw new Unexpected('the name is reserved for PostgreSQL itself');
    if (this.#made[kind].has(name)) throw new Unexpected('the file already creates it');
    this.#made[kind].add(name);
    return name;
  }

  #concernedRole(tokens: StatementTokens, alters = false): string {
    const role = tokens.name();
    this.#concerned.push({ role, tokens, alters });
    return role;
  }

  #madeTablespace(tokens: StatementTokens): string {
    const name = tokens.name();
    if (!this.#made.TABLESPACE.has(name)) throw new Unexpected('the file does not create that tablespace');
    return name;
  }

  #databaseName(tokens: StatementTokens): { readonly nameStart: number; readonly nameEnd: number } {
    const nameStart = tokens.nextStart;
    const name = tokens.name();
    if (name !== this.#creation?.name) throw new Unexpected('the file does not create that database');
    return { nameStart, nameEnd: tokens.takenEnd };
  }
}

/** From `SET`. @returns the setting's name */
function readSetting(tokens: StatementTokens): string {
  tokens.expect('SET');
  const name = tokens.name();
  tokens.expect('TO');
  // Of an empty list, pg_dumpall writes nothing, which a server then refuses.
  if (!tokens.at(';')) {
    do tokens.string();
    while (tokens.take(','));
  }
  tokens.end();
  return name;
}

/** From `WITH`. */
function readAttributes(tokens: StatementTokens) {
  tokens.expect('WITH');
  const attributesStart = tokens.nextStart;
  const attributes = ATTRIBUTES.flatMap((name) => [name, `NO${name}`].find((form) => tokens.take(form)) ?? []);
  const attributesEnd = tokens.takenEnd;
  if (tokens.take('CONNECTION')) {
    tokens.expect('LIMIT');
    tokens.integer();
  }
  if (tokens.take('VALID')) {
    tokens.expect('UNTIL');
    tokens.string();
  }
  tokens.end();
  return { attributes, attributesStart, attributesEnd };
}

/** What follows `WITH` of a membership: `ADMIN OPTION, INHERIT TRUE, SET FALSE`. */
function readMembershipOptions(tokens: StatementTokens): void {
  const read = [
    () => tokens.take('ADMIN', 'OPTION'),
    () => tokens.take('INHERIT', 'TRUE') || tokens.take('INHERIT', 'FALSE'),
    () => tokens.take('SET', 'TRUE') || tokens.take('SET', 'FALSE'),
  ];
  do {
    while (read.length > 0 && !read[0]?.()) read.shift();
    if (read.length === 0) tokens.refuse('an option');
    read.shift();
  } while (tokens.take(','));
}

function isGrantedKind(kind: string): kind is GrantedKind {
  return Object.hasOwn(PRIVILEGES, kind);
}

function unexpected(tokens: StatementTokens, { message }: Unexpected): HoldfastError {
  return hostile(`${quoted(tokens.shown)} (${message})`);
}
