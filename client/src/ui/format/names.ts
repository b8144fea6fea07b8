import type { Role } from '@televisit/shared/vocabulary';
import { locale, t } from '../../locales/index.ts';

/** Returns a person's name, or their role if they have none. */
export function nameOf(person: { displayName: string | null; role: Role }): string {
  return person.displayName ?? t(`role.${person.role}`);
}

/** Returns up to two letters for a person without video. */
export function initialsOf(name: string): string {
  const words = name
    .trim()
    .split(/\s+/)
    .filter((word) => /\p{L}/u.test(word));
  const first = words[0]?.match(/\p{L}/u)?.[0] ?? '';
  const last = words.length > 1 ? (words.at(-1)?.match(/\p{L}/u)?.[0] ?? '') : '';
  return (first + last).toLocaleUpperCase(locale());
}
