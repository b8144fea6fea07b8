import { useRef } from 'preact/hooks';
import { useSay } from '../../hooks/speech.ts';
import type { ScreenProps, UiFeature } from '../feature.ts';
import { MeetingScreen } from './meeting-screen.tsx';
import { t } from './texts.ts';
import './meeting.css';

/** Says that a visit that began at another provider continues on this page. */
function MovedHere({ state: { phase } }: ScreenProps) {
  const began = useRef(false);
  if (phase === 'meeting') began.current = true;
  const text = began.current && (phase === 'ready' || phase === 'joining') ? t('meeting.moved') : null;
  useSay(text);
  if (text === null) return null;
  return (
    <p class="banner meeting-moved" data-testid="meeting-moved">
      {text}
    </p>
  );
}

/** A visit that another provider carries. */
export const meeting: UiFeature = { screens: { meeting: MeetingScreen }, Banner: MovedHere };
