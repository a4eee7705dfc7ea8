import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  formatManifest,
  parseManifest,
  readManifest,
  writeManifest,
  type Manifest,
} from '../../../src/vault/formats/manifest.js';
import { formatProof, parseProof, readProof, writeProof, type Proof } from '../../../src/vault/formats/proof.js';
import { openMemoryStore } from '../../../src/vault/memory/memory-store.js';
import type { ObjectStore } from '../../../src/vault/object-store.js';
import { sampleManifest, sampleProof } from './samples.js';

const KEY = 'layer2/orders/2026/11/22/orders_20261122T030000Z';

const bytesOf = (value: unknown) => Buffer.from(JSON.stringify(value));

function invalidManifest(change: Partial<Record<keyof Manifest, unknown>>) {
  return expect(() => parseManifest('the-key', bytesOf({ ...sampleManifest(), ...change })));
}

async function putBytes(store: ObjectStore, key: string, bytes: Uint8Array): Promise<void> {
  const body = (async function* () {
    yield await Promise.resolve(bytes);
  })();
  await store.put(key, body);
}

describe('A7: a document', () => {
  it('that is larger than one of ours can be is refused before all of it is held', async () => {
    const store = openMemoryStore();
    await putBytes(store, `${KEY}.manifest.json`, Buffer.alloc((32 << 20) + 1, ' '));
    await expect(readManifest(store, `${KEY}.manifest.json`)).rejects.toMatchObject({
      code: 'MANIFEST_INVALID',
      message: expect.stringContaining('it is larger than 33554432 bytes') as string,
    });
  });

  it('of a million values is refused before each of them gets words of its own', () => {
    for (const value of ['0', '[]', '{}']) {
      const many = Buffer.from(`{"differences":[${`${value},`.repeat(1_100_000)}0]}`);
      expect(() => parseProof('the-key', many)).toThrow(
        expect.objectContaining({
          code: 'MANIFEST_INVALID',
          message: expect.stringContaining('1000000 values') as string,
        }),
      );
    }
  });
});

describe('a manifest', () => {
  it('is stored beside its dump, and read back with the SHA-256 of its stored bytes', async () => {
    const store = openMemoryStore();
    const stored = await writeManifest(store, sampleManifest());
    expect(stored.key).toBe(`${KEY}.manifest.json`);
    const { manifest, sha256 } = await readManifest(store, stored.key);
    expect(manifest).toEqual(sampleManifest());
    expect(sha256).toBe(stored.sha256);
    expect(sha256).toBe(createHash('sha256').update(formatManifest(sampleManifest())).digest('hex'));
  });

  it('is text that a person can read', () => {
    const text = formatManifest(sampleManifest()).toString();
    expect(text).toContain('\n  "database": "orders",\n');
    expect(text.endsWith('}\n')).toBe(true);
  });

  it('may hold keys that this version does not know: they are left out', () => {
    const value = { ...sampleManifest(), newer: true, tool: { name: 'holdfast', version: '9', commit: 'x' } };
    const manifest = parseManifest('k', bytesOf(value));
    expect(manifest).not.toHaveProperty('newer');
    expect(manifest.tool).toEqual({ name: 'holdfast', version: '9' });
  });

  it('of a newer version is refused with the advice to upgrade, however else it looks', () => {
    const value = { format: 'holdfast.manifest', version: 4, everything: 'else' };
    expect(() => parseManifest('the-key', bytesOf(value))).toThrow(
      expect.objectContaining({
        code: 'MANIFEST_INVALID',
        message: expect.stringContaining('version 4') as string,
        hint: expect.stringContaining('upgrade') as string,
      }),
    );
  });

  it.each([
    ['cut off', formatManifest(sampleManifest()).subarray(0, 500)],
    ['empty', Buffer.alloc(0)],
    ['not UTF-8', Buffer.concat([Buffer.from('{"format":"'), Buffer.from([0xff]), Buffer.from('"}')])],
    ['not an object', Buffer.from('[]')],
    ['of another format', bytesOf(sampleProof())],
    ['without a version', bytesOf({ ...sampleManifest(), version: undefined })],
    ['of version 0', bytesOf({ ...sampleManifest(), version: 0 })],
  ])('that is %s is refused with its key', (_, bytes) => {
    expect(() => parseManifest('the-key', bytes)).toThrow(
      expect.objectContaining({ code: 'MANIFEST_INVALID', message: expect.stringContaining('the-key') as string }),
    );
  });

  it('that lacks something or holds nonsense is refused with the place of the fault', () => {
    const { parts, totals } = sampleManifest();
    invalidManifest({ entriesSha256: undefined }).toThrow(/entriesSha256/);
    invalidManifest({ takenAt: '2026-11-22 03:00' }).toThrow(/takenAt/);
    invalidManifest({ durationMs: -1 }).toThrow(/durationMs/);
    invalidManifest({ totals: { ...totals, rows: 2 ** 53 } }).toThrow(/totals\.rows/);
    invalidManifest({ fingerprint: { algorithm: 'crc32', version: 1 } }).toThrow(/fingerprint\.algorithm/);
    invalidManifest({ parts: [{ ...parts[0], sha256: 'A'.repeat(64) }] }).toThrow(/parts\.0\.sha256/);
  });

  it('that contradicts itself is refused', () => {
    const { parts, totals } = sampleManifest();
    const elsewhere = 'layer2/other/2026/11/22/other_20261122T030000Z.sql.gz';
    invalidManifest({ totals: { ...totals, rawBytes: 999 } }).toThrow(/totals\.rawBytes/);
    invalidManifest({ parts: parts.slice(1) }).toThrow(/no part is a dump/);
    invalidManifest({ key: parts[1]?.key }).toThrow(/not the key of the dump/);
    invalidManifest({ database: 'other' }).toThrow(/not the one in the key/);
    invalidManifest({ parts: [parts[0], { ...parts[1], key: elsewhere }] }).toThrow(/not keys of one backup/);
    invalidManifest({ parts: [parts[0], { ...parts[1], key: '../../etc/passwd' }] }).toThrow(/not keys of one backup/);
  });

  it('that lies beside another backup than its own is refused', async () => {
    const store = openMemoryStore();
    const key = 'layer2/orders/2026/11/23/orders_20261123T030000Z.manifest.json';
    await putBytes(store, key, formatManifest(sampleManifest()));
    await expect(readManifest(store, key)).rejects.toMatchObject({
      code: 'MANIFEST_INVALID',
      message: expect.stringContaining('describes another backup') as string,
    });
  });

  it('is not written when it does not keep to its own format', async () => {
    const store = openMemoryStore();
    const wrong = { ...sampleManifest(), durationMs: 0.5 };
    await expect(writeManifest(store, wrong)).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(await store.head(`${KEY}.manifest.json`)).toBeUndefined();
  });

  it('that is missing is reported as a missing object', async () => {
    await expect(readManifest(openMemoryStore(), `${KEY}.manifest.json`)).rejects.toMatchObject({
      code: 'OBJECT_MISSING',
    });
  });
});

describe('a proof', () => {
  it('is stored beside the backup under its time, and read back', async () => {
    const store = openMemoryStore();
    const stored = await writeProof(store, sampleProof());
    expect(stored.key).toBe(`${KEY}.proof-20261122T040000Z.json`);
    expect(await readProof(store, stored.key)).toEqual(sampleProof());
  });

  it('is refused when it says proven and names differences or missing extensions', () => {
    const difference = { type: 'TABLE', schema: 'public', name: 't', reason: 'missing' };
    const parse = (change: Partial<Proof>) => () => parseProof('k', bytesOf({ ...sampleProof(), ...change }));
    expect(parse({ differences: [difference] })).toThrow(/proven, with differences/);
    expect(parse({ missingExtensions: [{ name: 'postgis', dependents: [] }] })).toThrow(/missing extensions/);
    expect(parse({ matched: 4 })).toThrow(/matched/);
    expect(parse({ verdict: 'differs', matched: 2, differences: [difference] })).not.toThrow();
  });

  it('of a newer version is refused with the advice to upgrade', () => {
    expect(() => parseProof('k', bytesOf({ ...sampleProof(), version: 7 }))).toThrow(
      expect.objectContaining({ code: 'MANIFEST_INVALID', hint: expect.stringContaining('upgrade') as string }),
    );
  });

  it('is not written when it does not keep to its own format', () => {
    expect(() => formatProof({ ...sampleProof(), manifestSha256: 'unknown' })).toThrow(
      expect.objectContaining({ code: 'INTERNAL' }),
    );
  });
});

describe('a stored document', () => {
  const key = `${KEY}.manifest.json`;

  it('ends with a checksum of all before it', () => {
    const text = formatManifest(sampleManifest()).toString();
    const [, fields = '', checksum] = /^([^]*),\n {2}"checksum": "([0-9a-f]{64})"\n\}\n$/.exec(text) ?? [];
    expect(checksum).toBe(createHash('sha256').update(fields).digest('hex'));
  });

  it('is refused with any one bit of it flipped', async () => {
    const bytes = formatManifest(sampleManifest());
    for (let at = 0; at < bytes.length; at += 7) {
      const store = openMemoryStore();
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1 << (at % 8);
      await putBytes(store, key, changed);
      await expect(readManifest(store, key), `byte ${at}`).rejects.toMatchObject({ code: 'MANIFEST_INVALID' });
    }
  });

  it('is refused without its checksum', async () => {
    const store = openMemoryStore();
    await putBytes(store, key, bytesOf(sampleManifest()));
    await expect(readManifest(store, key)).rejects.toMatchObject({
      code: 'MANIFEST_INVALID',
      message: expect.stringContaining('does not end with its checksum') as string,
    });
  });
});
