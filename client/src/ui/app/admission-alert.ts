import { useEffect, useRef } from 'preact/hooks';
import { t } from '../../locales/index.ts';
import type { VisitState } from '../../sdk/index.ts';
import { useLanguage } from '../hooks/language.ts';
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

/** Returns the title of the tab. */
export function pageTitle({ phase, session }: Pick<VisitState, 'phase' | 'session'>): string {
  const title = session?.title ?? t('app.title');
  return phase === 'waiting' ? t('waiting.tab', { title }) : title;
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
