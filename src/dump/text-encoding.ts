/** How the bytes of a dump are read as text: a dump is written in the encoding of its database. */

/** Bytes as text. */
export type Decode = (bytes: Uint8Array) => string;

/** Encodings of servers, and what the platform's decoder calls them. UTF8, LATIN1 and SQL_ASCII need none. */
const LABELS: Readonly<Record<string, string>> = {
  LATIN2: 'iso-8859-2',
  LATIN3: 'iso-8859-3',
  LATIN4: 'iso-8859-4',
  LATIN5: 'iso-8859-9',
  LATIN6: 'iso-8859-10',
  LATIN7: 'iso-8859-13',
  LATIN8: 'iso-8859-14',
  LATIN9: 'iso-8859-15',
  ISO_8859_5: 'iso-8859-5',
  ISO_8859_6: 'iso-8859-6',
  ISO_8859_7: 'iso-8859-7',
  ISO_8859_8: 'iso-8859-8',
  WIN866: 'ibm866',
  WIN874: 'windows-874',
  WIN1250: 'windows-1250',
  WIN1251: 'windows-1251',
  WIN1252: 'windows-1252',
  WIN1253: 'windows-1253',
  WIN1254: 'windows-1254',
  WIN1255: 'windows-1255',
  WIN1256: 'windows-1256',
  WIN1257: 'windows-1257',
  WIN1258: 'windows-1258',
  KOI8R: 'koi8-r',
  KOI8U: 'koi8-u',
  EUC_JP: 'euc-jp',
  EUC_KR: 'euc-kr',
  EUC_CN: 'gbk',
};

/** ISO 8859-16 from 0xa0 on. */
const LATIN10 =
  '\u00a0ĄąŁ€„Š§š©Ș«Ź\u00adźŻ°±ČłŽ”¶·žčș»ŒœŸżÀÁÂĂÄĆÆÇÈÉÊËÌÍÎÏĐŃÒÓÔŐÖŚŰÙÚÛÜĘȚßàáâăäćæçèéêëìíîïđńòóôőöśűùúûüęțÿ';

/** Whether names in an encoding are read as what they are. */
export function isDecodable(encoding: string): boolean {
  return ['UTF8', 'SQL_ASCII', 'LATIN1', 'LATIN10'].includes(encoding) || LABELS[encoding] !== undefined;
}

/**
 * The decoder of a server's encoding. Bytes of unknown meaning (SQL_ASCII) are read as UTF-8. An encoding that the
 * platform does not know (EUC_TW, EUC_JIS_2004) is read byte by byte: names beyond ASCII then look wrong but stay distinct,
 * and can be turned back into their bytes.
 *
 * @param encoding as PostgreSQL names it: `LATIN1`
 */
export function decoderFor(encoding: string): Decode {
  if (encoding === 'UTF8' || encoding === 'SQL_ASCII') return (bytes) => asBuffer(bytes).toString('utf8');
  if (encoding === 'LATIN10') return decodeLatin10;
  const label = LABELS[encoding];
  if (label === undefined) return (bytes) => asBuffer(bytes).toString('latin1');
  const decoder = new TextDecoder(label);
  return (bytes) => decoder.decode(bytes);
}

function decodeLatin10(bytes: Uint8Array): string {
  return asBuffer(bytes)
    .toString('latin1')
    .replace(/[\u00a0-\u00ff]/g, (character) => LATIN10[character.charCodeAt(0) - 0xa0] ?? character);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
