/**
 * Privileges in a restored copy that the backup does not give: the target's default privileges and event triggers act
 * on what a restore creates. pg_dump writes grants only, so nothing in the dump takes these away.
 */
import { eachToken } from '../../syntax/sql/tokens.js';
import { unquoteIdentifier } from '../../syntax/sql/identifiers.js';

/** One GRANT, cut into what it gives, on what, and to whom; names as SQL writes them. */
interface Grant {
  readonly text: string;
  /** As the statement lists them: `SELECT(a),UPDATE`. */
  readonly privileges: string;
  readonly object: string;
  readonly grantee: string;
  /** As whom it was made, where that is not the owner. */
  readonly grantor: string | undefined;
}

/** What one role has on one object of a copy, and the backup does not give. */
export interface ExtraPrivilege {
  readonly object: GrantedObject;
  /** `anon has SELECT on TABLE public.salaries`. */
  readonly words: string;
  /** What takes it away, and leaves what the backup gives. */
  readonly sql: string;
}

/** The grants of one dump, taken from its statements as they pass. */
export class Grants {
  readonly #grants = new Map<string, Grant[]>();
  #grantor: string | undefined;

  /** @param text a statement of an ACL entry, and `owner` that entry's */
  add(text: string, owner: string | null): void {
    const grantor = /^SET SESSION AUTHORIZATION (.*);$/s.exec(text)?.[1];
    if (grantor !== undefined) this.#grantor = grantor;
    else if (text === 'RESET SESSION AUTHORIZATION;') this.#grantor = undefined;
    const grant = parseGrant(text, this.#grantor);
    // What an owner may do is compared with --check: it follows the owner, whom --no-owner changes.
    if (!grant || (grant.grantor === undefined && unquoteIdentifier(grant.grantee) === owner)) return;
    const key = grantKey(grant);
    this.#grants.set(key, [...(this.#grants.get(key) ?? []), grant]);
  }

  /**
   * SQL that gives the copy the privileges of the backup where it has more, one object and role a line.
   *
   * @param copy the grants of the copy
   * @param isRestored whether an object, as SQL names it with its kind, is one of those that were restored
   */
  remedies(copy: Grants, isRestored: (object: GrantedObject) => boolean): string[] {
    return this.extras(copy, isRestored).map(({ sql }) => sql);
  }

  /** As {@link remedies}, with what each is for. */
  extras(copy: Grants, isRestored: (object: GrantedObject) => boolean): ExtraPrivilege[] {
    const extras: ExtraPrivilege[] = [];
    for (const [key, found] of copy.#grants) {
      const wanted = this.#grants.get(key) ?? [];
      const texts = new Set(wanted.map(({ text }) => text));
      const [first] = found;
      if (!first) continue;
      const object = grantedObject(first.object);
      if (!isRestored(object) || found.every(({ text }) => texts.has(text))) continue;
      const passedOn = copy.#madeBy(first.object, first.grantee);
      const revoke = `REVOKE ALL ON ${first.object} FROM ${first.grantee}${passedOn.length > 0 ? ' CASCADE' : ''};`;
      const statements = as(first.grantor, [revoke, ...texts]);
      // Grants that the cascade removes but the backup gives are restored in the order of the dump: each follows the
      // one that it depends on.
      const kept = passedOn.length > 0 ? this.#onBehalf(first.object) : [];
      const more = found.filter(({ text }) => !texts.has(text)).map(({ privileges }) => privileges);
      extras.push({
        object,
        words: `${first.grantee} has ${more.join(',').replaceAll(',', ', ')} on ${first.object}`,
        sql: [...statements, ...kept.flatMap(({ grantor, text }) => as(grantor, [text]))].join(' '),
      });
    }
    return extras;
  }

  #madeBy(object: string, grantor: string): Grant[] {
    return this.#onBehalf(object).filter((grant) => grant.grantor === grantor);
  }

  /** The grants on an object that others than its owner made. */
  #onBehalf(object: string): Grant[] {
    return [...this.#grants.values()].flat().filter((grant) => grant.object === object && grant.grantor !== undefined);
  }
}

/** @param grantor whose grants they are; the owner's, without one */
function as(grantor: string | undefined, statements: readonly string[]): string[] {
  if (grantor === undefined) return [...statements];
  return [`SET SESSION AUTHORIZATION ${grantor};`, ...statements, 'RESET SESSION AUTHORIZATION;'];
}

function grantKey({ object, grantee, grantor = '' }: Grant): string {
  return `${object}\0${grantee}\0${grantor}`;
}

/** `GRANT SELECT,UPDATE ON TABLE a.b TO c WITH GRANT OPTION;` */
function parseGrant(text: string, grantor: string | undefined): Grant | undefined {
  if (!text.startsWith('GRANT ')) return undefined;
  let privileges = '';
  let on = -1;
  let to = -1;
  let end = text.length;
  eachToken(text, (start, stop) => {
    const token = text.slice(start, stop);
    if (token === 'ON' && on < 0) {
      on = stop;
      privileges = text.slice('GRANT '.length, start).trim();
    }
    if (token === 'TO') to = start;
    else if ((token === 'WITH' || token === ';') && to >= 0 && start < end) end = start;
  });
  if (on < 0 || to < on) return undefined;
  return { text, privileges, object: text.slice(on, to).trim(), grantee: text.slice(to + 2, end).trim(), grantor };
}

/** What a GRANT is on. */
export interface GrantedObject {
  readonly schema: string | null;
  readonly name: string;
  readonly kind: string;
  /** The name of its ACL entry in a dump: the kind, and the object without its schema, quoted as SQL needs it. */
  readonly tag: string;
}

/** `FUNCTION public."Odd (1)"(a integer)` → FUNCTION, `public`, `Odd (1)`; names of a kind are in capitals, and those of objects in quotes then. */
export function grantedObject(object: string): GrantedObject {
  const tokens: { readonly text: string; readonly start: number }[] = [];
  eachToken(object, (start, stop) => tokens.push({ text: object.slice(start, stop), start }));
  const at = tokens.findIndex(({ text }) => !/^[A-Z]+$/.test(text));
  const kind = tokens
    .slice(0, Math.max(at, 0))
    .map(({ text }) => text)
    .join(' ');
  const isQualified = tokens[at + 1]?.text === '.' && tokens[at + 2] !== undefined;
  const name = tokens[isQualified ? at + 2 : at];
  return {
    kind,
    schema: isQualified ? unquoteIdentifier(tokens[at]?.text ?? '') : null,
    name: unquoteIdentifier(name?.text ?? ''),
    // pg_dump writes a space for a line break in a header.
    tag: `${kind} ${object.slice(name?.start ?? 0)}`.replace(/[\r\n]/g, ' '),
  };
}
