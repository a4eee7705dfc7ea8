import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openFileStore } from '../../../src/vault/file/file-store.js';
import { readEntries } from '../../../src/vault/formats/entries-reader.js';
import { formatManifest, parseManifest, readManifest } from '../../../src/vault/formats/manifest.js';
import { formatProof, parseProof, readProof, writeProof } from '../../../src/vault/formats/proof.js';
import { openMemoryStore } from '../../../src/vault/memory/memory-store.js';
import { sampleManifest, sampleProof } from './samples.js';

/** A vault as it was written when version 1 was the newest. */
const OLD_VAULT = fileURLToPath(new URL('../../fixtures/vaults/version-1', import.meta.url));
const OLD = 'layer2/shop/2026/11/29/shop_20261129T154417Z';
const OLD_PROOF = `${OLD}.proof-20261129T154423Z.json`;

const bytesOf = (value: unknown) => Buffer.from(JSON.stringify(value));
const upgrade = expect.objectContaining({
  code: 'MANIFEST_INVALID',
  hint: expect.stringContaining('upgrade') as string,
}) as Error;

describe('documents of version 1', () => {
  it('are read as they were stored', async () => {
    const store = openFileStore(OLD_VAULT);
    const { manifest, sha256 } = await readManifest(store, `${OLD}.manifest.json`);
    expect(manifest).toMatchObject({ version: 1, database: 'shop', totals: { rows: 1000, tables: 8 } });
    const proof = await readProof(store, OLD_PROOF);
    expect(proof).toMatchObject({ version: 1, verdict: 'proven', manifestSha256: sha256, entries: 71 });
    const entries = [];
    const options = { expectedSha256: manifest.entriesSha256 };
    for await (const entry of readEntries(store, `${OLD}.entries.jsonl.gz`, options)) entries.push(entry);
    expect(entries).toHaveLength(71);
  });

  it('come out of this code with the same bytes', async () => {
    const manifest = await readFile(`${OLD_VAULT}/${OLD}.manifest.json`);
    expect(formatManifest(parseManifest('k', manifest)).toString()).toBe(manifest.toString());
    const proof = await readFile(`${OLD_VAULT}/${OLD_PROOF}`);
    expect(formatProof(parseProof('k', proof)).toString()).toBe(proof.toString());
  });

  it('have nothing of version 2, whatever stands in them', () => {
    const claim = { supersedes: [{ key: 'k', sha256: 'f'.repeat(64) }], empty: true, confinement: { method: 'x' } };
    const proof = parseProof('k', bytesOf({ ...sampleProof(), version: 1, ...claim }));
    expect(proof).toMatchObject({ verdict: 'proven', version: 1 });
    expect(proof.supersedes).toBeUndefined();
    expect(proof.empty).toBeUndefined();
    expect(proof.confinement).toBeUndefined();
  });
});

describe('documents of version 2', () => {
  it('are read, with parts and fields that this Holdfast does not know', () => {
    const manifest = sampleManifest();
    const base = manifest.key.replace('.sql.gz', '');
    const derived = { role: 'derived', key: `${base}.derived.jsonl.gz`, rawBytes: 1, storedBytes: 1 };
    const parts = [...manifest.parts, { ...derived, sha256: 'e'.repeat(64), about: { of: 'dump' } }];
    const read = parseManifest('k', bytesOf({ ...manifest, version: 2, parts, seal: 'of wax' }));
    expect(read.parts.map(({ role }) => role)).toEqual(['dump', 'globals', 'entries', 'derived']);
    expect(read).not.toHaveProperty('seal');
  });

  it('have an origin in version 3 alone, and there with all that belongs to it', () => {
    const manifest = sampleManifest();
    const claimed = { server: '15.18', client: '15.18', database: null, takenAt: manifest.takenAt, takenAtFrom: 'key' };
    const original = { name: 'x', format: 'plain', compression: 'gzip', bytes: 1, sha256: 'e'.repeat(64) };
    const foreign = { origin: 'adopted', original, claimed, unknown: [{ what: 'locale', assumed: 'C' }] };
    expect(parseManifest('k', bytesOf({ ...manifest, version: 3, ...foreign })).origin).toBe('adopted');
    for (const other of [{ version: 2, ...foreign }, { version: 3 }, { version: 3, ...foreign, claimed: undefined }]) {
      expect(() => parseManifest('k', bytesOf({ ...manifest, ...other }))).toThrow(/version 3 has origin/);
    }
  });

  it.each([
    ['of another backup', 'layer2/orders/2026/11/23/orders_20261123T030000Z.segments'],
    ['outside of the vault', '../../etc/passwd'],
    ['with a folder of its own', 'layer2/orders/2026/11/22/orders_20261122T030000Z.x/y'],
    ['that is a known object', 'layer2/orders/2026/11/22/orders_20261122T030000Z.manifest.json'],
    ['that could be taken for a proof', 'layer2/orders/2026/11/22/orders_20261122T030000Z.proof-20261122T040000Z.json'],
  ])('have no part whose key is one %s', (_, key) => {
    const manifest = sampleManifest();
    const parts = [...manifest.parts, { role: 'new', key, rawBytes: 1, storedBytes: 1, sha256: 'e'.repeat(64) }];
    expect(() => parseManifest('k', bytesOf({ ...manifest, version: 2, parts }))).toThrow(/not keys of one backup/);
  });

  it('have no part of a known role under the key of another one', () => {
    const { parts, ...manifest } = sampleManifest();
    const swapped = parts.map((part) => (part.role === 'globals' ? { ...part, role: 'entries' } : part));
    expect(() => parseManifest('k', bytesOf({ ...manifest, parts: swapped }))).toThrow(/not keys of one backup/);
  });

  it('that are proofs name what they supersede, and are stored and read back', async () => {
    const store = openMemoryStore();
    const supersedes = [{ key: OLD_PROOF, sha256: 'a'.repeat(64) }];
    const proof = { ...sampleProof(), supersedes, empty: false, confinement: { method: 'setpriv' } };
    expect(await readProof(store, (await writeProof(store, proof)).key)).toEqual(proof);
    expect(() => parseProof('k', bytesOf({ ...proof, supersedes: undefined }))).toThrow(/supersedes: it is missing/);
  });

  it('with a verdict that this Holdfast does not know came to none, and say so', () => {
    const proof = parseProof('k', bytesOf({ ...sampleProof(), verdict: 'rehearsed' }));
    expect(proof.verdict).toBe('incomplete');
    expect(proof.notes).toEqual([expect.stringMatching(/"rehearsed", which this Holdfast does not know: upgrade/)]);
  });

  it('that this Holdfast cannot read after all say what may help', () => {
    expect(() => parseManifest('k', bytesOf({ ...sampleManifest(), version: 2, key: undefined }))).toThrow(upgrade);
  });
});

it('documents of version 3 are refused with the way out', () => {
  expect(() => parseManifest('k', bytesOf({ ...sampleManifest(), version: 3 }))).toThrow(upgrade);
  expect(() => parseProof('k', bytesOf({ ...sampleProof(), version: 3 }))).toThrow(upgrade);
});
