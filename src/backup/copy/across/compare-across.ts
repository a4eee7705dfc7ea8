/**
 * Compares a copy on a server of another major than the source's with the backup. What the new major writes in other words
 * is no difference; what is compared instead stands in docs/decisions/0042-across-majors.md.
 */
import { NEWEST_FINGERPRINT, type Entry, type SchemaEntry } from '../../../dump/entry.js';
import { isLargeObjectGroup } from '../../../dump/large-object-groups.js';
import { majorOf } from '../../../postgres/client-choice.js';
import type { Manifest } from '../../../vault/formats/manifest.js';
import type { Proof } from '../../../vault/formats/proof.js';
import type { BackupContext } from '../../operation/context.js';
import { compareDatabase, type CompareRequest, type CopyComparison } from '../compare-database.js';
import type { Difference } from '../compare-entries.js';
import type { DumpedAttachments } from './attachments.js';
import { compareObjects } from './compare-objects.js';
import { compareReload, type EmptyDatabase } from './compare-reload.js';
import type { DumpedPrivileges } from './expected-privileges.js';

/** How many objects of a kind are named. */
const MOST_NAMED = 100;

export interface AcrossRequest extends CompareRequest {
  /** That the dump gives, taken from its statements while they were restored. */
  readonly privileges: DumpedPrivileges;
  readonly attachments: DumpedAttachments;
  readonly server: { readonly versionNum: number; readonly isSuperuser: boolean };
  /** Another database, for what the copy is dumped as. */
  readonly another: (signal: AbortSignal | undefined) => Promise<EmptyDatabase>;
}

export interface AcrossComparison extends CopyComparison {
  readonly across: NonNullable<Proof['across']>;
  /** For people: what is not a difference, and good to know. */
  readonly notes: readonly string[];
}

/** @throws HoldfastError as for {@link compareDatabase} */
export async function compareAcross(request: AcrossRequest, context: BackupContext): Promise<AcrossComparison> {
  const { stored, expected, access, programs, privileges, attachments, server } = request;
  const { manifest } = stored;
  const rewritten = new Rewritten();
  const elsewhere = (entry: Pick<Entry, 'type'>) =>
    isOfPrivileges(entry) || (writerOf(manifest) < ATTACHES_APART && isAttachment(entry));
  // Large objects that share a header are one entry in an older backup by pg_dump 17; by others, they never share one.
  const fingerprint = expected.some(isGroup) ? manifest.fingerprint.version : NEWEST_FINGERPRINT;
  const compared = await compareDatabase({ ...request, fingerprint }, context, {
    rewritten: (entry) => rewritten.add(entry),
    except: elsewhere,
    as: inCommonKinds,
  });
  const comparedElsewhere = expected.filter(elsewhere).length;
  const client = await access.connect({ signal: context.signal });
  let ofObjects: Difference[];
  try {
    ofObjects = [...(await compareObjects(client, expected, privileges)), ...(await attachments.compare(client))];
  } finally {
    await client.end();
  }
  const copy = {
    ...{ access, programs, session: manifest.session, encoding: manifest.encoding },
    ...{ fingerprint, schemas: [], signal: context.signal },
  };
  const ofReload = await compareReload(copy, await request.another(context.signal), server);
  const unlike = ofObjects.filter(elsewhere).length;
  return {
    ...compared,
    entries: expected.length,
    matched: compared.matched + Math.max(0, comparedElsewhere - unlike),
    differences: withoutRepeats([...compared.differences, ...ofObjects, ...ofReload]),
    across: {
      sourceMajor: majorOf(manifest.server.versionNum),
      serverMajor: majorOf(server.versionNum),
      writtenDifferently: rewritten.list(),
    },
    notes: publicNote(request),
  };
}

/** Their texts depend on what a major gives by itself, and are compared by what they give. */
function isOfPrivileges({ type }: Pick<Entry, 'type'>): boolean {
  return type === 'ACL' || type === 'DEFAULT ACL';
}

/** The first pg_dump that attaches partitions in entries of their own, and says whose they are. */
const ATTACHES_APART = 14;

function isAttachment({ type }: Pick<Entry, 'type'>): boolean {
  return type === 'TABLE ATTACH' || type === 'INDEX ATTACH';
}

function writerOf({ client }: Pick<Manifest, 'client'>): number {
  return Number.parseInt(client.version, 10);
}

function isGroup(entry: Entry): boolean {
  return isLargeObjectGroup(entry);
}

/** Kinds that pg_dump calls otherwise since some version. */
const RENAMED: Readonly<Record<string, string>> = { BLOB: 'BLOB METADATA' };

function inCommonKinds(entry: Entry): Entry {
  const type = RENAMED[entry.type];
  return type === undefined ? entry : { ...entry, type };
}

/** The same object may be missing from the entries and from the catalog. */
function withoutRepeats(differences: readonly Difference[]): Difference[] {
  const seen = new Set<string>();
  return differences.filter(({ type, schema, name, reason }) => {
    const key = `${type}\0${schema ?? ''}\0${name}\0${reason}`;
    return !seen.has(key) && seen.add(key);
  });
}

class Rewritten {
  readonly #types = new Map<string, { count: number; objects: string[] }>();

  add({ type, schema, name }: SchemaEntry): void {
    const known = this.#types.get(type) ?? { count: 0, objects: [] };
    this.#types.set(type, known);
    known.count++;
    if (known.objects.length < MOST_NAMED) known.objects.push(schema === null ? name : `${schema}.${name}`);
  }

  list(): AcrossComparison['across']['writtenDifferently'] {
    return [...this.#types]
      .map(([type, { count, objects }]) => ({ type, count, objects }))
      .sort((a, b) => b.count - a.count || (a.type < b.type ? -1 : 1));
  }
}

/**
 * The schema `public` let everybody create objects up to 14. pg_dump up to 14 says nothing of that, since it is the server's
 * default, and a newer server has another one.
 */
function publicNote({ stored: { manifest }, server, privileges }: AcrossRequest): string[] {
  const before = majorOf(manifest.server.versionNum) < 15 && writerOf(manifest) < 15;
  if (!before || majorOf(server.versionNum) < 15 || privileges.names('SCHEMA public')) return [];
  return [
    'Since PostgreSQL 15, not everybody may create objects in the schema public. At the source that was the default, which the dump does not say: GRANT CREATE ON SCHEMA public where it is needed.',
  ];
}
