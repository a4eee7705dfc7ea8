import { openFileStore } from '../../../src/vault/file/file-store.js';
import { objectStoreConformance } from '../../conformance/object-store.js';
import { temporaryDirectories } from './temporary-directory.js';

const newDirectory = temporaryDirectories();

// Every object is three fsyncs.
objectStoreConformance('the file store', async () => openFileStore(await newDirectory()), { objects: 600 });
