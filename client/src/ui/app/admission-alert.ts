import { useEffect, useRef } from 'preact/hooks';
import { t } from '../../locales/index.ts';
import type { VisitState } from '../../sdk/index.ts';
import { useLanguage } from '../hooks/language.ts';
import { screenOf } from '../screens/error-screens.tsx';
import { playMelody } from '../sound/melody-player.ts';

const BLINK_MS = 1000;

/** Keeps the title of the tab, and alerts a person who is admitted while they look at something else. */
export function useAdmissionAlert(state: VisitState): void {
  const { phase } = state;
  const title = pageTitle(state);
  const language = useLanguage();
  const before = useRef(phase);
  const speaker = useRef(state.choice.speaker);
  speaker.current = state.choice.speaker;
  useEffect(() => {
    document.title = title;
  }, [title, language]);
  useEffect(() => {
    const admitted = before.current === 'waiting' && phase === 'joined';
    before.current = phase;
    if (!admitted) return;
    void playMelody('admitted', speaker.current).catch(() => undefined);
    if (document.visibilityState === 'visible') return;
    return blinkTitle(t('waiting.admittedTab'));
  }, [phase]);
}

type Titled = Pick<VisitState, 'phase' | 'session' | 'error' | 'chat' | 'waitingPeople'>;

/** Returns the title of the tab: the visit's, after what is new in it or what the screen says. */
export function pageTitle(state: Titled): string {
  const title = state.session?.title ?? t('app.title');
  if (state.phase === 'waiting') return t('waiting.tab', { title });
  const { phase, waitingPeople, chat } = state;
  const count = { waits: waitingPeople.length, unread: phase === 'joined' ? chat.unread : 0 };
  const news = [
    ...(count.waits > 0 ? [t('tab.waits', { count: count.waits })] : []),
    ...(count.unread > 0 ? [t('tab.unread', { count: count.unread })] : []),
  ];
  const heading = headingOf(state);
  return [...news, ...(heading === null ? [] : [heading]), title].join(' – ');
}

/** Returns the heading of a screen without the visit; null while the visit is prepared or runs. */
function headingOf({ phase, error }: Titled): string | null {
  switch (phase) {
    case 'early':
      return t('screen.visit_early.title');
    case 'elsewhere':
      return t('elsewhere.title');
    case 'left':
      return t('screen.left.title');
    case 'ended':
      return t('screen.visit_over.title');
    case 'replaced':
      return t('screen.replaced.title');
    case 'failed':
      return t(`screen.${screenOf(error?.code ?? 'internal_error')}.title`);
    default:
      return null;
  }
}

/** Alternates the page's title with another until the page is visible; steadily the other if motion is unwelcome. */
function blinkTitle(other: string): () => void {
  const own = document.title;
  const steady = matchMedia('(prefers-reduced-motion: reduce)').matches;
  document.title = other;
  const timer = setInterval(() => {
    document.title = steady || document.title === own ? other : own;
  }, BLINK_MS);
  const stop = () => {
    clearInterval(timer);
    document.title = own;
    document.removeEventListener('visibilitychange', stopIfVisible);
  };
  const stopIfVisible = () => {
    if (document.visibilityState === 'visible') stop();
  };
  document.addEventListener('visibilitychange', stopIfVisible);
  return stop;
}
