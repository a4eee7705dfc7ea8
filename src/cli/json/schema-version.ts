/** Of the documents of `--json`. Apart from their schemas, which only tests and generated files load. */
export const SCHEMA_VERSION = 1;
