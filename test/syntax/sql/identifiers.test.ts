import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  IDENTIFIER,
  qualifiedName,
  quoteDollars,
  quoteIdentifier,
  quoteLiteral,
  unquoteIdentifier,
} from '../../../src/syntax/sql/identifiers.js';

describe('quoting', () => {
  it('quotes identifiers always, and doubles the quotes in them', () => {
    expect(quoteIdentifier('orders')).toBe('"orders"');
    expect(quoteIdentifier('a"b')).toBe('"a""b"');
    expect(qualifiedName('S 1', 'x.y')).toBe('"S 1"."x.y"');
  });

  it('writes backslashes in literals so that standard_conforming_strings does not matter', () => {
    expect(quoteLiteral("it's")).toBe("'it''s'");
    expect(quoteLiteral("a\\'b")).toBe("E'a\\\\''b'");
  });

  it('ends a dollar-quoted text nowhere but at its end', () => {
    const piece = fc.constantFrom('$', '$$', 'q', 'qq', '$q$', ' ');
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const text = pieces.join('');
        const quoted = quoteDollars(text);
        const tag = /^\$q*\$/.exec(quoted)![0];
        expect(quoted.indexOf(tag, tag.length)).toBe(quoted.length - tag.length);
        expect(quoted.slice(tag.length, -tag.length)).toBe(text);
      }),
    );
  });
});

describe('a name in a statement', () => {
  const name = new RegExp(`^${IDENTIFIER}$`);

  it('is found whole in quotes, whatever is in it, and read back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const quoted = quoteIdentifier(text);
        expect(new RegExp(IDENTIFIER).exec(`${quoted}."x", y;`)?.[0]).toBe(quoted);
        expect(unquoteIdentifier(quoted)).toBe(text);
      }),
    );
  });

  it.each(['orders', '_x1$', 'größe', '"a""b"'])('is %s', (text) => expect(text).toMatch(name));
  it.each(['', 'a.b', 'a b', 'a,b', 'a;', 'f()', '"a', '"a"b"'])('is not %j', (text) => expect(text).not.toMatch(name));
});
