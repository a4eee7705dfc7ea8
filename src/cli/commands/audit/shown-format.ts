import type { AuditFormat } from '../../audit/outputs.js';

interface Outputs {
  readonly format?: readonly AuditFormat[];
  readonly output?: readonly string[];
}

/** What goes to standard output, as far as formats and files alone tell. */
export function shownFormat({ format = [], output = [] }: Outputs): AuditFormat {
  return format[output.length] ?? 'table';
}
