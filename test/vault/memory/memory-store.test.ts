import { openMemoryStore } from '../../../src/vault/memory/memory-store.js';
import { objectStoreConformance } from '../../conformance/object-store.js';

objectStoreConformance('the memory store', () => Promise.resolve(openMemoryStore()));
