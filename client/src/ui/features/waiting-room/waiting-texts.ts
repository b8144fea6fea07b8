import type { Waiting } from '../../../sdk/index.ts';
import { duration } from '../../format/formatters.ts';
import { t } from './messages.ts';

/** Returns what a waiting person reads about the hosts; `hosts` are their names, null if unknown. */
export function waitingText({ hostPresent, needsAdmission }: Waiting, hosts: string | null): string {
  if (!hostPresent) return t(needsAdmission ? 'waiting.coming' : 'waiting.comingIn');
  if (!needsAdmission) return t('waiting.soon');
  return hosts === null ? t('waiting.knownUnnamed') : t('waiting.known', { names: hosts });
}

/** Returns how long the person has waited, in minutes; both times in milliseconds. */
export function waitedText(since: number, now: number): string {
  const time = duration(now - since);
  return time === null ? t('waiting.justNow') : t('waiting.since', { time });
}

/** Returns a host's message as a screen reader says it. */
export function messageText({ displayName, text }: Waiting['messages'][number]): string {
  return displayName === null
    ? t('waiting.messageUnnamed', { text })
    : t('waiting.message', { name: displayName, text });
}
