import type { SourceIdentity } from '../../backup/stored/sources.js';
import type { SourceDocument } from './documents.js';

export function toSourceDocument({ dbName, systemIdentifier }: SourceIdentity): SourceDocument {
  return { dbName, systemIdentifier: systemIdentifier ?? null };
}
