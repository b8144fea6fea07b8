import type { ProviderMeeting } from '../../../sdk/index.ts';
import { providerName, runsInPage } from './provider-call.ts';
import { t } from './texts.ts';

/** The time before the end of the join window from which the page says so, in milliseconds. */
const CLOSING_SOON_MS = 5 * 60_000;

/** The state of a meeting in words. `isGood`: the person is in, or can be. */
export interface MeetingStatus {
  readonly text: string;
  readonly isGood: boolean;
}

/** Returns what the page says about a meeting. `blocked`: the browser refused the window, or closed it. */
export function statusOf(meeting: ProviderMeeting, blocked: boolean): MeetingStatus {
  const { opening, stay, readiness } = meeting;
  if (opening.kind === 'asking') return { text: askingText(meeting, opening.problem), isGood: false };
  if (blocked) return { text: t('meeting.blocked'), isGood: false };
  // During the call, this is not on the page.
  if (runsInPage(meeting.provider) && opening.kind === 'open')
    return { text: t('meeting.out'), isGood: false };
  if (stay === 'in') return { text: t('meeting.in'), isGood: true };
  if (stay === 'out') return { text: t('meeting.out'), isGood: false };
  if (opening.kind === 'open') return { text: t('meeting.opened'), isGood: true };
  switch (readiness) {
    case 'preparing':
      return { text: t('meeting.prepared'), isGood: false };
    case 'unavailable':
      return { text: t('meeting.trouble', { provider: providerName(meeting.provider) }), isGood: false };
    default:
      return { text: t('meeting.ready'), isGood: true };
  }
}

function askingText({ provider }: ProviderMeeting, problem: string | null): string {
  switch (problem) {
    case null:
      return t('meeting.opening');
    case 'meeting_not_ready':
      return t('meeting.preparing');
    case 'provider_unavailable':
      return t('meeting.unavailable', { provider: providerName(provider) });
    default:
      return t('prejoin.reconnecting');
  }
}

/**
 * Returns that the visit closes soon; null if it does not. `now` is in milliseconds since 1970 by the server's clock, as
 * `closesAt` is.
 */
export function closingText(closesAt: number, now: number): string | null {
  const left = closesAt - now;
  if (left <= 0 || left > CLOSING_SOON_MS) return null;
  return t('meeting.closes', { count: Math.ceil(left / 60_000) });
}

/** Returns the address of a meeting while it can be opened, by the server's clock; null if there is none. */
export function addressOf({ opening }: ProviderMeeting, now: number): string | null {
  if (opening.kind !== 'open' || opening.entry.kind !== 'address') return null;
  const { url, expiresAt } = opening.entry;
  return expiresAt === null || expiresAt > now ? url : null;
}

/** Returns the people who came and who left between two states of a meeting. */
export function movements(before: ProviderMeeting['people'], after: ProviderMeeting['people']) {
  const wasPresent = (userId: string) => before.some((person) => person.userId === userId && person.present);
  const isPresent = (userId: string) => after.some((person) => person.userId === userId && person.present);
  return {
    came: after.filter(({ userId, present }) => present && !wasPresent(userId)),
    left: before.filter(({ userId, present }) => present && !isPresent(userId)),
  };
}
