import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { qualifiedName, quoteDollars, quoteIdentifier, quoteLiteral } from '../../src/postgres/identifiers.js';

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
