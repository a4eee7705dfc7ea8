/** One setting of the strict stacks, broken; and the controls that have to notice, no other. */
import type { StackTemplate } from '../../../src/audit/facts-from-templates.js';

export interface Change {
  /** Stack and beginning of the logical id of one resource: `fintech-data-layer/AuroraCluster`. */
  readonly in: string;
  /**
   * Path inside the resource, its parts set apart by slashes. `Sid=X` is the statement of that name, `-` a place behind
   * the last item of a list. Empty: the resource itself.
   */
  readonly at: string;
  /** Absent: what stands there is removed. */
  readonly to?: unknown;
}

export interface Mutation {
  /** What is broken, in words. */
  readonly setting: string;
  readonly changes: readonly Change[];
  readonly fails: readonly string[];
}

/** A mutation of one place. */
export function breaks(setting: string, fails: readonly string[], ...changes: readonly Change[]): Mutation {
  return { setting, fails, changes };
}

/** The stacks with the changes; those without one are shared with the original. */
export function mutate(stacks: readonly StackTemplate[], changes: readonly Change[]): StackTemplate[] {
  const copies = new Map<string, StackTemplate>();
  for (const { in: where } of changes) {
    const name = where.split('/')[0] ?? '';
    const stack = stacks.find((one) => one.stack === name);
    if (!stack) throw new Error(`There is no stack ${name}.`);
    if (!copies.has(name)) copies.set(name, structuredClone(stack));
  }
  for (const change of changes) {
    const [name = '', resource = ''] = change.in.split('/');
    const resources = copies.get(name)?.resources as Record<string, unknown>;
    const path = [logicalId(resources, resource, change), ...change.at.split('/').filter((part) => part !== '')];
    apply(resources, path, change);
  }
  return stacks.map((stack) => copies.get(stack.stack) ?? stack);
}

function logicalId(resources: Record<string, unknown>, beginning: string, { at, to }: Change): string {
  // A logical id of the CDK ends in eight digits of a hash.
  const found = Object.keys(resources).filter((id) => id.replace(/[0-9A-F]{8}$/, '') === beginning);
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return only;
  if (found.length === 0 && at === '' && to !== undefined) return beginning;
  throw new Error(`${found.length} resources are called ${beginning}.`);
}

function apply(root: unknown, path: readonly string[], { to, at }: Change): void {
  let node = root as Record<string, unknown>;
  for (const part of path.slice(0, -1)) {
    const next = node[keyIn(node, part)];
    if (typeof next !== 'object' || next === null) throw new Error(`There is nothing at ${part} of ${at}.`);
    node = next as Record<string, unknown>;
  }
  const key = keyIn(node, path.at(-1) ?? '');
  if (to !== undefined) node[key] = to;
  else if (!(key in node)) throw new Error(`There is nothing at ${at} to remove.`);
  else if (Array.isArray(node)) node.splice(Number(key), 1);
  else delete node[key];
}

function keyIn(node: unknown, part: string): string {
  if (!Array.isArray(node)) return part;
  if (part === '-') return String(node.length);
  if (!part.startsWith('Sid=')) return part;
  const index = node.findIndex((item: { Sid?: string }) => `Sid=${item.Sid}` === part);
  if (index < 0) throw new Error(`There is no statement ${part}.`);
  return String(index);
}
