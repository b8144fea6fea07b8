import { useEffect, useRef } from 'preact/hooks';
import { t } from '../../locales/index.ts';
import type { VisitState } from '../../sdk/index.ts';
import { useLanguage } from '../hooks/language.ts';
import { pageTitle } from '../features/waiting-room/waiting-texts.ts';
import { playMelody } from '../sound/melody-player.ts';

const BLINK_MS = 1000;

/** Keeps the tab's title, and calls somebody back who is admitted while they look at something else. */
export function useAdmissionAlert(state: VisitState): void {
  const { phase } = state;
  const title = pageTitle(state);
  const spoken = useLanguage();
  const before = useRef(phase);
  const speaker = useRef(state.choice.speaker);
  speaker.current = state.choice.speaker;
  useEffect(() => {
    document.title = title;
  }, [title, spoken]);
  useEffect(() => {
    const admitted = before.current === 'waiting' && phase === 'joined';
    before.current = phase;
    if (!admitted) return;
    void playMelody('admitted', speaker.current).catch(() => undefined);
    if (document.visibilityState === 'visible') return;
    return blink(t('waiting.admittedTab'));
  }, [phase]);
}

/** Shows another title in turn with the page's own until the person looks; a steady one where motion is unwelcome. */
function blink(other: string): () => void {
  const own = document.title;
  const steady = matchMedia('(prefers-reduced-motion: reduce)').matches;
  document.title = other;
  const timer = setInterval(() => {
    document.title = steady || document.title === own ? other : own;
  }, BLINK_MS);
  const stop = () => {
    clearInterval(timer);
    document.title = own;
    document.removeEventListener('visibilitychange', look);
  };
  const look = () => {
    if (document.visibilityState === 'visible') stop();
  };
  document.addEventListener('visibilitychange', look);
  return stop;
}
