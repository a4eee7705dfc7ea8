/**
 * Brings a bare clone to where a command runs: node scripts/setup.mjs --for demo|test|long|versions|check|bench
 *
 * This file keeps to syntax that old versions of Node.js understand, so that they get to say that they are too old.
 */
import process from 'process';

const MINIMUM = [20, 19];
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < MINIMUM[0] || (major === MINIMUM[0] && minor < MINIMUM[1])) {
  console.error(
    'Holdfast needs Node.js ' +
      MINIMUM.join('.') +
      ' or newer; this is ' +
      process.versions.node +
      ' (' +
      process.execPath +
      ').\n' +
      'Install a newer one from https://nodejs.org, or with your version manager (nvm install 22, fnm install 22).',
  );
  process.exit(1);
} else {
  import('./setup/main.mjs').then((module) => module.main(process.argv.slice(2)));
}
