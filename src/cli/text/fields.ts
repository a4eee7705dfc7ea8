import { printable } from '../../core/printable.js';
import type { Style } from './style.js';
import { wrapText } from './wrap.js';

/** A heading, and `name  value` lines below it. */
export function formatFields(
  heading: string,
  fields: readonly (readonly [name: string, value: string])[],
  style: Style,
): string {
  const indent = 2 + Math.max(...fields.map(([name]) => name.length)) + 2;
  const lines = fields.map(([name, value]) => {
    const text = wrapText(`  ${name}`.padEnd(indent) + printable(value), style.width, indent - 2);
    return `  ${style.colors.dim(name)}${text.slice(2 + name.length)}`;
  });
  return [style.colors.bold(printable(heading)), ...lines].join('\n');
}
