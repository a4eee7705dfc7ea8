/** The text of a template, as JSON or as YAML with the short forms of functions (`!Ref`). */
import { isAlias, isMap, isScalar, isSeq, type Document, parseDocument } from 'yaml';

/** @throws Error where it is neither JSON nor YAML */
export function parseTemplateText(text: string): unknown {
  const content = text.replace(/^\uFEFF/, '');
  if (/^\s*[{[]/.test(content)) {
    try {
      return JSON.parse(content);
    } catch (error) {
      // YAML may begin with a brace as well, and takes what JSON does not: a tab, a comment.
      const document = parseYaml(content);
      if (document.errors.length > 0) throw error;
      return toValue(document.contents, document);
    }
  }
  const document = parseYaml(content);
  const [error] = document.errors;
  if (error) throw error;
  return toValue(document.contents, document);
}

/** CloudFormation reads YAML 1.1, where `yes` is true. Tags are left for `toValue`. */
function parseYaml(text: string): Document.Parsed {
  return parseDocument(text, { version: '1.1', merge: true, logLevel: 'silent', uniqueKeys: false });
}

function toValue(node: unknown, document: Document): unknown {
  if (isAlias(node)) return toValue(node.resolve(document), document);
  if (isScalar(node)) return withTag(node.tag, scalarOf(node.value, node.source));
  if (isSeq(node))
    return withTag(
      node.tag,
      node.items.map((item) => toValue(item, document)),
    );
  if (!isMap(node)) return undefined;
  const merged: Record<string, unknown> = {};
  const own: Record<string, unknown> = {};
  for (const { key, value } of node.items) {
    const name = String(isScalar(key) ? (key.source ?? key.value) : key);
    const content = toValue(value, document);
    if (name === '<<') Object.assign(merged, ...(Array.isArray(content) ? (content as object[]) : [content as object]));
    else own[name] = content;
  }
  return withTag(node.tag, { ...merged, ...own });
}

/** As written where the number would lose something: an account that begins with 0, a time of day. */
function scalarOf(value: unknown, source: string | undefined): unknown {
  if (value instanceof Date) return source ?? value.toISOString();
  if (typeof value === 'bigint') return source ?? String(value);
  return typeof value === 'number' && source !== undefined && String(value) !== source ? source : value;
}

function withTag(tag: string | undefined, value: unknown): unknown {
  const name = /^!([A-Za-z0-9]+(?:::[A-Za-z0-9]+)*)$/.exec(tag ?? '')?.[1];
  if (name === undefined) return value;
  return { [name === 'Ref' || name === 'Condition' ? name : `Fn::${name}`]: value };
}
