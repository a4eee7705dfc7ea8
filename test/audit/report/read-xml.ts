/** Reads the XML that reports are made of, strictly: what is not well-formed throws. */

export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

type Open = { name: string; attributes: Record<string, string>; children: XmlElement[]; text: string };

export function readXml(text: string): XmlElement {
  const body = text.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n/, '');
  const root: Open = { name: '', attributes: {}, children: [], text: '' };
  const open: Open[] = [root];
  const token = /<(\/?)([a-zA-Z-]+)((?:\s+[a-zA-Z-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;
  let at = 0;
  for (let match = token.exec(body); match; match = token.exec(body)) {
    at = token.lastIndex;
    const [, closes, name = '', written = '', empty, characters] = match;
    const current = open.at(-1) as Open;
    if (characters !== undefined) {
      current.text += decode(characters);
    } else if (closes) {
      if (current.name !== name) throw new Error(`</${name}> closes <${current.name}>.`);
      open.pop();
    } else {
      const attributes = [...written.matchAll(/([a-zA-Z-]+)="([^"]*)"/g)].map(([, key, value]) => [
        key,
        decode(value ?? ''),
      ]);
      const element: Open = {
        name,
        attributes: Object.fromEntries(attributes) as Record<string, string>,
        children: [],
        text: '',
      };
      current.children.push(element);
      if (!empty) open.push(element);
    }
  }
  const [only] = root.children;
  if (at !== body.length || open.length !== 1 || root.children.length !== 1 || !only) {
    throw new Error(`Not well-formed at: ${body.slice(at, at + 60)}`);
  }
  return only;
}

function decode(text: string): string {
  if (/&(?!(?:amp|lt|gt|quot|#39);)/.test(text)) throw new Error(`A bare & in: ${text}`);
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}
