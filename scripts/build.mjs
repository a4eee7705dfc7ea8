/**
 * Builds dist: `npm run build`, and `prepare` after `npm ci`.
 *
 * Where only the shipped dependencies are installed (npm ci --omit=dev) there is no compiler: `prepare` then leaves
 * things as they are, since failing would make the whole installation fail.
 */
import { build, compilerIsThere } from './build/build.mjs';

if (compilerIsThere()) {
  try {
    await build();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
} else if (process.env.npm_lifecycle_event === 'prepare') {
  console.error('dist is not rebuilt: the compiler is a development dependency, and those are left out.');
} else {
  console.error('Cannot build: the compiler is not installed. Run npm ci first.');
  process.exitCode = 1;
}
