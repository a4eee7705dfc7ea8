/** vitest's set-up file: runs for every test file, also where several share their modules. */
import { afterAll } from 'vitest';
import { removeTemporaryDirectories } from './temporary-directory.js';

afterAll(removeTemporaryDirectories);
