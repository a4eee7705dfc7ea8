/**
 * A value in a message: between double quotes, as JSON writes it. Names, paths and lines of a dump may come from somebody
 * hostile; written like this, neither a quote nor a line break in them can pass for the message's own text.
 */
export function quoted(value: string): string {
  return JSON.stringify(value);
}
