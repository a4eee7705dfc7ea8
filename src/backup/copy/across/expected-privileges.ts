/**
 * What the statements of a dump give to whom: run in thought, on what a copy's server gives by itself. So it can be compared
 * with the copy's catalog, whatever form another major prints it in.
 */
import { unquoteIdentifier } from '../../../syntax/sql/identifiers.js';
import { sqlTokens } from '../../../syntax/sql/tokens.js';
import type { CatalogObject, DefaultPrivileges, Privilege } from './catalog-objects.js';

/** One GRANT or REVOKE of a dump, or ALTER DEFAULT PRIVILEGES. */
interface Statement {
  readonly verb: 'GRANT' | 'REVOKE';
  /** The right to pass it on: given with it, or all that is taken. */
  readonly option: boolean;
  readonly privileges: readonly { readonly name: string; readonly column: string | undefined }[];
  readonly grantee: string | undefined;
  /** The role that SET SESSION AUTHORIZATION names; the owner, without one. */
  readonly grantor: string | undefined;
}

/** Where a column is one of several of what a statement is on. */
const keyOfColumn = (target: string, column: string) => `${target}\0${column}`;

/** As a dump names them, and as `acldefault` does. */
const DEFAULT_KINDS: Readonly<Record<string, string>> = {
  TABLES: 'r',
  SEQUENCES: 's',
  FUNCTIONS: 'f',
  TYPES: 'T',
  SCHEMAS: 'n',
  'LARGE OBJECTS': 'L',
};

/** What ALL means for a column: it has no privileges by default, from which that could be seen. */
const OF_COLUMNS = ['INSERT', 'SELECT', 'UPDATE', 'REFERENCES'];

/** The privileges that a dump gives, taken from its statements as they pass. */
export class DumpedPrivileges {
  readonly #statements = new Map<string, Statement[]>();
  readonly #defaults = new Map<string, Statement[]>();
  #grantor: string | undefined;
  #unread = 0;

  /** Statements about privileges of which nothing is known. */
  get unread(): number {
    return this.#unread;
  }

  /** Whether anything was said of an object, as a GRANT names it: `SCHEMA public`. */
  names(target: string): boolean {
    return this.#statements.has(keyOf(sqlTokens(target)));
  }

  /** @param text a statement of an entry for privileges */
  add(text: string): void {
    const tokens = sqlTokens(text);
    if (tokens[0] === 'SET' && tokens[1] === 'SESSION' && tokens[2] === 'AUTHORIZATION') {
      this.#grantor = unquoteIdentifier(tokens[3] ?? '');
    } else if (tokens[0] === 'RESET') {
      this.#grantor = undefined;
    } else if (!this.#read(tokens)) {
      this.#unread++;
    }
  }

  #read(all: readonly string[]): boolean {
    const isDefault = all[0] === 'ALTER' && all[1] === 'DEFAULT' && all[2] === 'PRIVILEGES';
    const start = all.findIndex((token) => token === 'GRANT' || token === 'REVOKE');
    if (start < 0 || (start > 0 && !isDefault)) return false;
    const scope = all.slice(0, start);
    const tokens = all.slice(start);
    const verb = tokens[0] as Statement['verb'];
    const takesOption = tokens[1] === 'GRANT' && tokens[2] === 'OPTION' && tokens[3] === 'FOR';
    const on = tokens.indexOf('ON');
    const to = tokens.lastIndexOf(verb === 'GRANT' ? 'TO' : 'FROM');
    if (on < 0 || to < on) return false;
    // Up to some version, pg_dump writes GROUP before a role that is called so.
    const grantee = tokens[to + 1] === 'GROUP' && tokens[to + 2] !== ';' ? tokens[to + 2] : tokens[to + 1];
    if (grantee === undefined) return false;
    const statement = {
      verb,
      option: takesOption || (tokens[to + 2] === 'WITH' && tokens[to + 3] === 'GRANT'),
      privileges: readPrivileges(tokens.slice(takesOption ? 4 : 1, on)),
      grantee: grantee === 'PUBLIC' ? undefined : unquoteIdentifier(grantee),
      grantor: this.#grantor,
    };
    const target = tokens.slice(on + 1, to);
    if (!isDefault) append(this.#statements, keyOf(target), statement);
    else append(this.#defaults, keyOfDefault(scope, target.join(' ')), statement);
    return true;
  }

  /**
   * What an object should have, as texts.
   *
   * @param defaults what each kind has by default there, for the owner `''`
   */
  of(object: CatalogObject, defaults: ReadonlyMap<string, readonly Privilege[]>): ReadonlySet<string> {
    const byDefault = ownedBy(defaults.get(object.kind) ?? [], object.owner);
    const held = new Held(object.initial ? reowned(object.initial, object.owner) : byDefault);
    const all = object.kind === 'c' ? OF_COLUMNS : ownersOf(byDefault, object.owner);
    for (const statement of this.#statements.get(keyOf(sqlTokens(object.target))) ?? []) {
      held.apply(statement, object.owner, all, object.column ?? undefined);
    }
    return held.texts();
  }

  /** The objects that the dump gives privileges on, as keys of {@link keyOfObject}. */
  targets(): Set<string> {
    const keys = new Set<string>();
    for (const [key, statements] of this.#statements) {
      for (const { privileges } of statements) {
        for (const { column } of privileges) keys.add(column === undefined ? key : keyOfColumn(key, column));
      }
    }
    return keys;
  }

  /** What ALTER DEFAULT PRIVILEGES should have left: by role, schema and kind. */
  defaultPrivileges(defaults: ReadonlyMap<string, readonly Privilege[]>): Map<string, ReadonlySet<string>> {
    const result = new Map<string, ReadonlySet<string>>();
    for (const [key, statements] of this.#defaults) {
      const [role = '', schema = '', kind = ''] = key.split('\0');
      const byDefault = ownedBy(defaults.get(kind) ?? [], role);
      const all = ownersOf(byDefault, role);
      // Those of a schema come on top of those of all schemas.
      const held = new Held(schema === '' ? byDefault : []);
      for (const statement of statements) held.apply(statement, role, all, undefined);
      result.set(key, held.texts());
    }
    return result;
  }
}

export function keyOfObject({ target, column }: Pick<CatalogObject, 'target' | 'column'>): string {
  const key = keyOf(sqlTokens(target));
  return column === null ? key : keyOfColumn(key, column);
}

export function keyOfDefaultPrivileges({ role, schema, kind }: DefaultPrivileges): string {
  return `${role}\0${schema ?? ''}\0${kind}`;
}

/** What a kind of objects has where nobody has said anything. */
export function privilegesByDefault(
  kind: string,
  owner: string,
  defaults: ReadonlyMap<string, readonly Privilege[]>,
): ReadonlySet<string> {
  return privilegeTexts(ownedBy(defaults.get(kind) ?? [], owner));
}

/** `reader may SELECT, given by app`, for each: for comparison and for people. */
export function privilegeTexts(privileges: readonly Privilege[]): Set<string> {
  return new Held(privileges).texts();
}

/** By what is quoted, two majors and their clients differ: each has other keywords. */
function keyOf(tokens: readonly string[]): string {
  return tokens.map(unquoteIdentifier).join(' ');
}

/** `ALTER DEFAULT PRIVILEGES FOR ROLE r IN SCHEMA s`. */
function keyOfDefault(scope: readonly string[], kind: string): string {
  const after = (word: string) => unquoteIdentifier(scope[scope.indexOf(word) + 1] ?? '');
  const schema = scope.includes('SCHEMA') ? after('SCHEMA') : '';
  return `${after('ROLE')}\0${schema}\0${DEFAULT_KINDS[kind] ?? kind}`;
}

/** `SELECT(a),INSERT` → SELECT of `a`, INSERT. */
function readPrivileges(tokens: readonly string[]): Statement['privileges'] {
  const found: { name: string; column: string | undefined }[] = [];
  let words: string[] = [];
  for (let i = 0; i <= tokens.length; i++) {
    const token = tokens[i];
    if (token === '(') {
      found.push({ name: words.join(' '), column: unquoteIdentifier(tokens[i + 1] ?? '') });
      words = [];
      i += 2;
    } else if (token === ',' || token === undefined) {
      if (words.length > 0) found.push({ name: words.join(' '), column: undefined });
      words = [];
    } else {
      words.push(token);
    }
  }
  return found;
}

function append(statements: Map<string, Statement[]>, key: string, statement: Statement): void {
  const known = statements.get(key);
  if (known) known.push(statement);
  else statements.set(key, [statement]);
}

/** What ALL means for a kind: everything that its owner may do. */
function ownersOf(byDefault: readonly Privilege[], owner: string): string[] {
  return byDefault.flatMap(({ grantee, privilege }) => (grantee === owner ? [privilege] : []));
}

/** What was there at first, of an object that has another owner now: it follows the owner. */
function reowned(initial: readonly Privilege[], owner: string): Privilege[] {
  const before = initial[0]?.grantor;
  return initial.map((one) => ({
    ...one,
    grantor: one.grantor === before ? owner : one.grantor,
    grantee: one.grantee === before ? owner : one.grantee,
  }));
}

function ownedBy(privileges: readonly Privilege[], owner: string): Privilege[] {
  return privileges.map((one) => ({
    ...one,
    grantor: one.grantor === '' ? owner : one.grantor,
    grantee: one.grantee === '' ? owner : one.grantee,
  }));
}

/** Privileges on one object, as GRANT and REVOKE change them. */
class Held {
  readonly #held = new Map<string, Privilege>();

  constructor(privileges: readonly Privilege[]) {
    for (const one of privileges) this.#held.set(keyOfPrivilege(one), one);
  }

  apply(statement: Statement, owner: string, all: readonly string[], column: string | undefined): void {
    const { verb, option, grantee, grantor = owner } = statement;
    const own = statement.privileges.filter((one) => one.column === column);
    for (const privilege of own.flatMap(({ name }) => (name === 'ALL' ? all : [name]))) {
      const key = keyOfPrivilege({ grantor, grantee, privilege });
      const before = this.#held.get(key);
      if (verb === 'GRANT') {
        this.#held.set(key, { grantor, grantee, privilege, grantable: option || (before?.grantable ?? false) });
      } else if (option) {
        if (before) this.#held.set(key, { ...before, grantable: false });
      } else {
        this.#held.delete(key);
      }
    }
  }

  texts(): Set<string> {
    return new Set(
      [...this.#held.values()].map(
        ({ grantor, grantee, privilege, grantable }) =>
          `${grantee ?? 'PUBLIC'} may ${privilege}${grantable ? ' and pass it on' : ''}, given by ${grantor}`,
      ),
    );
  }
}

function keyOfPrivilege({ grantor, grantee, privilege }: Omit<Privilege, 'grantable'>): string {
  return `${grantor}\0${grantee === undefined ? '' : `=${grantee}`}\0${privilege}`;
}
