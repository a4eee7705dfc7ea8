/** Passwords that every service, URL and shell takes as they are. */
import { randomInt } from 'node:crypto';
import { Secret } from '../core/secret.js';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const DIGITS = '0123456789';

/** 32 characters of 62 are 190 bits. */
const LENGTH = 32;

/**
 * A random password of letters and digits, with at least one of each: checks of strength want both, and special
 * characters would only have to be escaped somewhere. `randomInt` has no bias.
 */
export function generatePassword(length = LENGTH): Secret {
  for (;;) {
    const text = Array.from({ length }, () => (LETTERS + DIGITS)[randomInt(62)]).join('');
    if (/[0-9]/.test(text) && /[A-Z]/.test(text) && /[a-z]/.test(text)) return new Secret(text);
  }
}
