/** `SET default_tablespace = '';` between two entries: it holds for all that follow. */
export function isSetting(text: Buffer): boolean {
  return settingName(text) !== undefined;
}

export function settingName(text: Buffer): string | undefined {
  return text.length < 200 ? /^SET (\w+) = /.exec(text.toString('latin1', 0, 64))?.[1] : undefined;
}
