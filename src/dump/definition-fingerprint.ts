/** The fingerprint of an entry that is a definition: of its statements, as they are and in canonical form. */
import { createHash } from 'node:crypto';
import { canonicalText, hasCanonicalForm } from './canonical.js';
import type { EntryHeader } from './entry-header.js';
import { parseOwner } from './statement.js';
import type { Decode } from './text-encoding.js';

/** What an entry says that is neither rows nor a sequence's value. */
export interface Definition {
  readonly header: EntryHeader;
  readonly statements: readonly Buffer[];
  /** Of the tables that follow; undefined for the usual one. */
  readonly accessMethod: string | undefined;
}

/** @param decode reads a statement as text in the dump's encoding */
export function definitionFingerprint(definition: Definition, decode: Decode) {
  // The owner is compared separately, so that a copy restored without owners differs in nothing else.
  const texts = definition.statements
    .filter((text) => !namesOwner(text, definition.header.owner, decode))
    .map((text) => text.toString('latin1'));
  const { type, tablespace } = definition.header;
  if (tablespace) texts.push(`-- tablespace ${Buffer.from(tablespace).toString('latin1')}`);
  if (definition.accessMethod && (type === 'TABLE' || type === 'MATERIALIZED VIEW')) {
    texts.push(`-- access method ${definition.accessMethod}`);
  }
  const sha256 = digest(texts.join('\n'));
  const canonical = hasCanonicalForm(type) ? digest(canonicalText(type, texts)) : undefined;
  const bytes = definition.statements.reduce((sum, text) => sum + text.length, 0);
  return canonical === undefined ? { bytes, sha256 } : { bytes, sha256, canonicalSha256: canonical };
}

function namesOwner(text: Buffer, owner: string | null, decode: Decode): boolean {
  if (owner === null || text.toString('latin1', 0, 6) !== 'ALTER ') return false;
  return parseOwner(decode(text)) === owner;
}

function digest(latin1: string): string {
  return createHash('sha256').update(latin1, 'latin1').digest('hex');
}
