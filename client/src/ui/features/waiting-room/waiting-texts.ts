import type { VisitState, Waiting } from '../../../sdk/index.ts';
import { t } from '../../../locales/index.ts';
import { duration } from '../../format/formatters.ts';

/** What a waiting person is told about those they wait for; `hosts` are their names, null where unknown. */
export function waitingText({ hostPresent, needsAdmission }: Waiting, hosts: string | null): string {
  if (!hostPresent) return t(needsAdmission ? 'waiting.coming' : 'waiting.comingIn');
  if (!needsAdmission) return t('waiting.soon');
  return hosts === null ? t('waiting.knownUnnamed') : t('waiting.known', { names: hosts });
}

/** How long the person has waited, in words that don't hurry; both times in milliseconds. */
export function waitedText(since: number, now: number): string {
  const time = duration(now - since);
  return time === null ? t('waiting.justNow') : t('waiting.since', { time });
}

/** The line of a host as a screen reader says it. */
export function messageText({ displayName, text }: Waiting['messages'][number]): string {
  return displayName === null
    ? t('waiting.messageUnnamed', { text })
    : t('waiting.message', { name: displayName, text });
}

/** The title of the tab. */
export function pageTitle({ phase, session }: Pick<VisitState, 'phase' | 'session'>): string {
  const title = session?.title ?? t('app.title');
  return phase === 'waiting' ? t('waiting.tab', { title }) : title;
}
