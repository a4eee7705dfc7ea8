/** The statements of a dump as the target's role may run them. */
import type { DumpObserver } from '../../../dump/dump-reader.js';
import type { EntryHeader } from '../../../dump/entry-header.js';
import { namesIn, readIdentifier } from '../../../dump/sql-names.js';
import type { Decode } from '../../../dump/text-encoding.js';
import { rolesIn } from '../../../dump/role-references.js';
import { IDENTIFIER, quoteDollars } from '../../../syntax/sql/identifiers.js';
import { grantorOf, isGrant } from '../selection/asks.js';

type Script = Required<Pick<DumpObserver, 'statement' | 'rows'>>;

export interface ScriptRights {
  /** The ordinals of entries that are not restored. */
  readonly omitted: ReadonlySet<number>;
  /** Whether a role is missing, and grants that name it are left out. */
  readonly isMissing: (role: string) => boolean;
  readonly existingSchemas: boolean;
  /** Whether grants in the name of another role are made by acting as it, which takes no superuser. */
  readonly actsAsGrantors: boolean;
  /** Whether a role needs CREATE on a schema, or on the database (null), to be given something in it. */
  readonly needsOpening: ((schema: string | null, role: string) => boolean) | undefined;
  /** Gets every grant of the dump, also those that are left out: what the backup gives is not the target's doing. */
  readonly onGrant: (text: string, owner: string | null) => void;
}

const OF_GRANTS: ReadonlySet<string> = new Set(['ACL', 'DEFAULT ACL']);

const CREATE_SCHEMA = /^CREATE SCHEMA /;
const ALTER = 'ALTER ';
const OWNER = new RegExp(` OWNER TO (${IDENTIFIER});$`, 's');
const AS_GRANTOR = /^(SET|RESET) SESSION AUTHORIZATION/;

/** Session authorization takes a superuser, and its reset would end what `--role` has begun. */
function asRole(text: Buffer): Buffer {
  return Buffer.from(text.toString('latin1').replace(AS_GRANTOR, '$1 ROLE'), 'latin1');
}

function ifNotExists(text: Buffer): Buffer {
  return Buffer.concat([Buffer.from('CREATE SCHEMA IF NOT EXISTS '), text.subarray('CREATE SCHEMA '.length)]);
}

/** By the server, which knows the name of the database: here it would have to be in the dump's encoding. */
function onDatabase(verb: 'GRANT' | 'REVOKE', whom: string): Buffer {
  const statement = quoteDollars(
    `BEGIN EXECUTE pg_catalog.format('${verb} CREATE ON DATABASE %I ', pg_catalog.current_database()) || ${quoteDollars(whom)}; END`,
  );
  return Buffer.from(`DO LANGUAGE plpgsql ${statement};`, 'latin1');
}

/** @param script writes its input in the form that a restore needs */
export function rightsScript(rights: ScriptRights, script: Script): Script & Required<Pick<DumpObserver, 'header'>> {
  let ordinal = 0;
  /** Whether the grants that follow are made in the name of a role that is missing. */
  let onBehalfOfMissing = false;
  return {
    header: (_header, number) => {
      ordinal = number;
      onBehalfOfMissing = false;
    },
    statement: (text, header, decode) => {
      if (header && OF_GRANTS.has(header.type)) {
        const sql = decode(text);
        if (header.type === 'ACL') {
          rights.onGrant(sql, header.owner);
          const grantor = grantorOf(sql);
          if (grantor !== undefined) onBehalfOfMissing = rights.isMissing(grantor);
          const isSkipped = onBehalfOfMissing;
          if (grantor === undefined && !isGrant(sql)) onBehalfOfMissing = false;
          if (isSkipped) return;
        }
        if (rolesIn(header, sql).some(rights.isMissing)) return;
      }
      if (isOmitted(text)) return;
      const makesSchema =
        rights.existingSchemas && header?.type === 'SCHEMA' && CREATE_SCHEMA.test(text.toString('latin1', 0, 20));
      if (makesSchema) script.statement(ifNotExists(text), header, decode);
      else if (rights.actsAsGrantors && header?.type === 'ACL') script.statement(asRole(text), header, decode);
      else {
        const opening = header && openingFor(text, header, decode);
        if (opening) script.statement(opening.grant, header, decode);
        script.statement(text, header, decode);
        if (opening) script.statement(opening.revoke, header, decode);
      }
    },
    rows: (chunk, start, end) => {
      if (!rights.omitted.has(ordinal)) script.rows(chunk, start, end);
    },
  };

  /**
   * Who is given an object needs CREATE on its schema, and for a publication on the database, if no superuser gives it. The
   * dump grants that later, or never: it is granted for this one statement.
   */
  function openingFor(text: Buffer, header: EntryHeader, decode: Decode) {
    if (!rights.needsOpening || (header.schema === null && header.type !== 'PUBLICATION')) return undefined;
    if (text.toString('latin1', 0, ALTER.length) !== ALTER) return undefined;
    const bytes = text.toString('latin1');
    const role = OWNER.exec(bytes)?.[1];
    if (role !== undefined && header.type === 'PUBLICATION') {
      if (!rights.needsOpening(null, readIdentifier(role, decode))) return undefined;
      return { grant: onDatabase('GRANT', `TO ${role}`), revoke: onDatabase('REVOKE', `FROM ${role}`) };
    }
    const [name] = namesIn(bytes, decode);
    if (role === undefined || !name || !rights.needsOpening(name.schema, readIdentifier(role, decode)))
      return undefined;
    const on = `CREATE ON SCHEMA ${bytes.slice(name.start, name.end)}`;
    return {
      grant: Buffer.from(`GRANT ${on} TO ${role};`, 'latin1'),
      revoke: Buffer.from(`REVOKE ${on} FROM ${role};`, 'latin1'),
    };
  }

  /** A setting between two entries applies to those that follow as well. */
  function isOmitted(text: Buffer): boolean {
    return rights.omitted.has(ordinal) && !/^SET \w+ = /.test(text.toString('latin1', 0, 64));
  }
}
