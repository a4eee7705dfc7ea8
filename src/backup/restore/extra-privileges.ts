/**
 * Privileges in a restored copy that the backup does not give: the target's default privileges and event triggers act
 * on what a restore creates. pg_dump writes grants only, so nothing in the dump takes these away.
 */
import { eachToken } from '../../dump/sql-tokens.js';
import { unquoteIdentifier } from '../../postgres/identifiers.js';

/** One GRANT, cut into what it gives, on what, and to whom; names as SQL writes them. */
interface Grant {
  readonly text: string;
  readonly object: string;
  readonly grantee: string;
  /** As whom it was made, where that is not the owner. */
  readonly grantor: string | undefined;
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
    const key = keyOf(grant);
    this.#grants.set(key, [...(this.#grants.get(key) ?? []), grant]);
  }

  /**
   * SQL that gives the copy the privileges of the backup where it has more, one object and role a line.
   *
   * @param copy the grants of the copy
   * @param isRestored whether an object, as SQL names it with its kind, is one of those that were restored
   */
  remedies(copy: Grants, isRestored: (object: string) => boolean): string[] {
    const remedies: string[] = [];
    for (const [key, found] of copy.#grants) {
      const wanted = this.#grants.get(key) ?? [];
      const texts = new Set(wanted.map(({ text }) => text));
      const [first] = found;
      if (!first || !isRestored(first.object) || found.every(({ text }) => texts.has(text))) continue;
      const passedOn = copy.#madeBy(first.object, first.grantee);
      const revoke = `REVOKE ALL ON ${first.object} FROM ${first.grantee}${passedOn.length > 0 ? ' CASCADE' : ''};`;
      const statements = as(first.grantor, [revoke, ...texts]);
      // Grants that the cascade removes but the backup gives are restored in the order of the dump: each follows the
      // one that it depends on.
      const kept = passedOn.length > 0 ? this.#onBehalf(first.object) : [];
      remedies.push([...statements, ...kept.flatMap(({ grantor, text }) => as(grantor, [text]))].join(' '));
    }
    return remedies;
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

function keyOf({ object, grantee, grantor = '' }: Grant): string {
  return `${object}\0${grantee}\0${grantor}`;
}

/** `GRANT SELECT,UPDATE ON TABLE a.b TO c WITH GRANT OPTION;` */
function parseGrant(text: string, grantor: string | undefined): Grant | undefined {
  if (!text.startsWith('GRANT ')) return undefined;
  let on = -1;
  let to = -1;
  let end = text.length;
  eachToken(text, (start, stop) => {
    const token = text.slice(start, stop);
    if (token === 'ON' && on < 0) on = stop;
    else if (token === 'TO') to = start;
    else if ((token === 'WITH' || token === ';') && to >= 0 && start < end) end = start;
  });
  if (on < 0 || to < on) return undefined;
  return { text, object: text.slice(on, to).trim(), grantee: text.slice(to + 2, end).trim(), grantor };
}
