/** The statements of a dump as the target's role may run them. */
import type { DumpObserver } from '../../../dump/dump-reader.js';
import { rolesIn } from '../../../dump/role-references.js';
import { grantorOf, isGrant } from '../selection/asks.js';

type Script = Required<Pick<DumpObserver, 'statement' | 'rows'>>;

export interface ScriptRights {
  /** The ordinals of entries that are not restored. */
  readonly omitted: ReadonlySet<number>;
  /** Whether a role is missing, and grants that name it are left out. */
  readonly isMissing: (role: string) => boolean;
  readonly existingSchemas: boolean;
  /** Gets every grant of the dump, also those that are left out: what the backup gives is not the target's doing. */
  readonly onGrant: (text: string, owner: string | null) => void;
}

const OF_GRANTS: ReadonlySet<string> = new Set(['ACL', 'DEFAULT ACL']);

const CREATE_SCHEMA = /^CREATE SCHEMA /;

function ifNotExists(text: Buffer): Buffer {
  return Buffer.concat([Buffer.from('CREATE SCHEMA IF NOT EXISTS '), text.subarray('CREATE SCHEMA '.length)]);
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
      script.statement(makesSchema ? ifNotExists(text) : text, header, decode);
    },
    rows: (chunk, start, end) => {
      if (!rights.omitted.has(ordinal)) script.rows(chunk, start, end);
    },
  };

  /** A setting between two entries applies to those that follow as well. */
  function isOmitted(text: Buffer): boolean {
    return rights.omitted.has(ordinal) && !/^SET \w+ = /.test(text.toString('latin1', 0, 64));
  }
}
