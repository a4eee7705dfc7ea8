/** What is wrong with the names, types and times of the data layer, in words for the person who wrote them. */

export function prefixProblem(value: string): string | undefined {
  if (/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(value) && value.length <= 16) return undefined;
  return 'Use at most 16 lower-case letters, digits and single hyphens, with a letter first.';
}

export function displayPrefixProblem(value: string): string | undefined {
  return /^[A-Za-z][A-Za-z0-9]{0,31}$/.test(value)
    ? undefined
    : 'Use at most 32 letters and digits, with a letter first.';
}

/** Bucket names contain it along with the prefix, the account and the Region, within 63 characters. */
export function stageProblem(value: string): string | undefined {
  return /^[a-z0-9]{1,8}$/.test(value) ? undefined : 'Use at most 8 lower-case letters and digits.';
}

export function secretNameProblem(value: string): string | undefined {
  if (/-[A-Za-z0-9]{6}$/.test(value)) {
    return 'Do not end it with a hyphen and six characters: Secrets Manager takes that for its own suffix.';
  }
  return /^[A-Za-z0-9/_+=.@-]{1,512}$/.test(value) ? undefined : 'Use letters, digits and /_+=.@- only.';
}

export function tableNameProblem(value: string): string | undefined {
  return /^[A-Za-z0-9_.-]{1,200}$/.test(value) ? undefined : 'Use letters, digits, underscores, dots and hyphens.';
}

export function databaseNameProblem(value: string): string | undefined {
  if (/^[a-z_][a-z0-9_]{0,62}$/.test(value)) return undefined;
  return 'Use at most 63 lower-case letters, digits and underscores, without a digit first.';
}

export function engineVersionProblem(value: string): string | undefined {
  return /^\d+\.\d+$/.test(value) ? undefined : 'Give the major and the minor version, in quotes, for example "17.9".';
}

export function instanceClassProblem(value: string): string | undefined {
  return /^db\.[a-z0-9-]+\.[a-z0-9]+$/.test(value) ? undefined : 'Give a class such as db.r6g.large.';
}

export function nodeTypeProblem(value: string): string | undefined {
  return /^cache\.[a-z0-9]+\.[a-z0-9]+$/.test(value) ? undefined : 'Give a type such as cache.t4g.medium.';
}

const TIME = '([01]\\d|2[0-3]):[0-5]\\d';
const DAY = '(mon|tue|wed|thu|fri|sat|sun)';

export function dailyWindowProblem(value: string): string | undefined {
  return new RegExp(`^${TIME}-${TIME}$`).test(value) ? undefined : 'Give two times, UTC: 03:00-04:00.';
}

export function weeklyWindowProblem(value: string): string | undefined {
  const isWindow = new RegExp(`^${DAY}:${TIME}-${DAY}:${TIME}$`).test(value);
  return isWindow ? undefined : 'Give two times with their days, UTC: sun:05:00-sun:06:00.';
}
