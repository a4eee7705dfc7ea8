import { describeSource, differs, identityOf } from '../stored/sources.js';
import type { StoredBackup } from '../stored/stored-backup.js';

/** Differences between the two backups that make entries differ although nobody has changed them. */
export function notesOf({ manifest: a }: StoredBackup, { manifest: b }: StoredBackup): string[] {
  const notes: string[] = [];
  if (a.takenAt > b.takenAt) notes.push('The first backup is the newer one: the changes are shown in reverse.');
  if (differs(identityOf(a), identityOf(b))) {
    notes.push(
      `They come from two sources: ${describeSource(identityOf(a))}, and ${describeSource(identityOf(b))}. What differs may never have been the same.`,
    );
  }
  if (a.server.version !== b.server.version) {
    notes.push(
      `The servers are PostgreSQL ${a.server.version} and ${b.server.version}: what these versions merely write differently is shown as changed.`,
    );
  }
  if (a.client.version !== b.client.version) {
    notes.push(
      `They were dumped by pg_dump ${a.client.version} and ${b.client.version}, which may write a definition differently.`,
    );
  }
  const settings = new Set([...Object.keys(a.session), ...Object.keys(b.session)]);
  const other = [...settings].filter((name) => a.session[name] !== b.session[name]);
  if (other.length > 0)
    notes.push(`The settings ${other.join(', ')} were different: values may be written differently.`);
  if (a.encoding !== b.encoding)
    notes.push(`The encodings are ${a.encoding} and ${b.encoding}: rows are compared as bytes.`);
  if (JSON.stringify(a.selection) !== JSON.stringify(b.selection)) {
    notes.push(
      'They were taken with different choices of schemas or rows: what one left out is shown as added or removed.',
    );
  }
  return notes;
}
