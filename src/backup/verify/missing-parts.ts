/**
 * What a load failed for that is of the drill's machine and not of the backup: a file of a dictionary, a locale of the
 * operating system, a module that takes security labels. Nothing is known of the backup then.
 *
 * A dump can make its load end with these very words. It gains nothing by that: `incomplete` proves nothing.
 */

/** The server's words, in English; what is missing, for a sentence. */
const MISSING: ReadonlyArray<readonly [words: RegExp, what: (name: string) => string]> = [
  [
    /ERROR: {2}could not open (?:stop-word|dictionary|affix|thesaurus|synonym)\w* file "([^"]*)": No such file/,
    (file) => `the file ${file}, which a text search dictionary needs`,
  ],
  [
    /ERROR: {2}could not create locale "([^"]*)"/,
    (locale) => `the locale ${locale} of the operating system, which a collation needs`,
  ],
  [
    /ERROR: {2}security label provider "([^"]*)" is not loaded/,
    (provider) => `the security label provider ${provider}: its library has to be preloaded`,
  ],
  [
    /ERROR: {2}(?:no security label providers have been loaded)()/,
    () => 'a security label provider: its library has to be preloaded',
  ],
];

/**
 * @param message of RESTORE_FAILED
 * @returns a note; `undefined` where the failure is one of the backup
 */
export function lackOfMachine(message: string): string | undefined {
  for (const [words, what] of MISSING) {
    const found = words.exec(message);
    if (found) return `Nothing was restored: the server of this drill does not have ${what(found[1] ?? '')}.`;
  }
  return undefined;
}
