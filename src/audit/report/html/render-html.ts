/** One self-contained page: readable on a screen, in the dark and on paper, with a filter by severity and status. */
import type { Rendering } from '../document.js';
import { auditSection } from './audit-section.js';
import { htmlPage } from './page.js';

export function renderHtml(rendering: Rendering): string {
  return htmlPage('Holdfast audit', `<h1>Audit</h1>\n${auditSection(rendering)}`);
}
