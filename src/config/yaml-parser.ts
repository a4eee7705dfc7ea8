/** What is used of the YAML library, loaded with the first config that needs it: see scripts/build/cli-bundle.mjs. */
export { isMap, isNode, isPair, LineCounter, parseDocument } from 'yaml';
