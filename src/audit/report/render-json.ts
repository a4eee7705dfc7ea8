import { toAuditDocument, type Rendering } from './document.js';

/** The document of `--json`, as a file. */
export function renderJson(rendering: Rendering): string {
  return `${JSON.stringify({ schemaVersion: 1, ...toAuditDocument(rendering) }, null, 2)}\n`;
}
