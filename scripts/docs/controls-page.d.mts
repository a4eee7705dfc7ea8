import type { FrameworkInfo } from '../../src/audit/frameworks/framework.js';
import type { Control } from '../../src/audit/model/control.js';
import type { RunbookLine } from '../../src/audit/runbook.js';

export function controlsPage(
  controls: readonly Control[],
  lines: readonly RunbookLine[],
  sections: readonly RunbookLine[],
  frameworks: readonly FrameworkInfo[],
): string;
