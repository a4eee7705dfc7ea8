/** Ranges of addresses as security groups have them. */

/**
 * Whether a range reaches far beyond one company: everything, or a large part of what is public. A half of the internet
 * is no less open than the whole; a group, a list of ranges and private addresses are not open.
 */
export function isWideRange(source: string): boolean {
  const [address = '', length] = source.split('/');
  if (length === undefined || !/^\d+$/.test(length)) return false;
  if (address.includes(':')) return !/^f[cd]/i.test(address) && Number(length) < 32;
  if (!/^\d{1,3}(?:\.\d{1,3}){3}$/.test(address)) return false;
  return Number(length) < 16 && !isPrivate(address, Number(length));
}

/** Of RFC 1918 and 6598, as a whole: a range that begins in one of them may end outside. */
function isPrivate(address: string, length: number): boolean {
  const [first = 0, second = 0] = address.split('.').map(Number);
  if (first === 10) return length >= 8;
  if (first === 172 && second >= 16 && second <= 31) return length >= 12;
  if (first === 192 && second === 168) return length >= 16;
  return first === 100 && second >= 64 && second <= 127 && length >= 10;
}
