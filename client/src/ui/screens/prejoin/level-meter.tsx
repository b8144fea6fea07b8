import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../../../locales/index.ts';
import { MicrophoneLevel, type LocalSource } from '../../../sdk/index.ts';
import { sharedAudio, unlockAudio } from '../../sound/audio.ts';
import { voiceDetector } from './voice-activity.ts';

interface Props {
  microphone: LocalSource;
  /** Called each time a voice is detected. */
  onHeard?: () => void;
}

/** How long a browser may take to start measuring without a user gesture, in milliseconds. */
const START_PATIENCE_MS = 700;

/** Time between updates of the bar, in milliseconds: fast enough for a voice, slow enough for an old phone. */
const MOVE_MS = 66;
/** The share of its level that the bar keeps per update: like other meters, it falls slower than it rises. */
const KEPT = 0.66;

/** A bar that moves with the person's voice. It writes to the element directly, so that moving renders nothing. */
export function LevelMeter({ microphone, onHeard }: Props) {
  const meter = useRef<HTMLDivElement>(null);
  const heard = useRef(onHeard);
  heard.current = onHeard;
  const { track } = microphone;
  const on = microphone.state === 'on';
  const asleep = useAudioAsleep();
  useEffect(() => {
    if (!track || !on) return;
    const level = new MicrophoneLevel(track, sharedAudio());
    const isVoice = voiceDetector();
    let exact = 0;
    let shown = '';
    const move = () => {
      const now = level.read();
      if (isVoice(now)) heard.current?.();
      exact = Math.max(now, exact * KEPT);
      const next = exact.toFixed(2);
      if (next === shown || !meter.current) return;
      shown = next;
      meter.current.style.setProperty('--level-now', next);
      meter.current.ariaValueNow = exact.toFixed(1);
    };
    move();
    const timer = setInterval(move, MOVE_MS);
    return () => {
      clearInterval(timer);
      level.close();
      // A meter that is switched off must not keep its last level.
      meter.current?.style.setProperty('--level-now', '0');
    };
  }, [track, on]);
  return (
    <div class="level">
      {on && asleep ? (
        <button type="button" class="link-button level-name" onClick={unlockAudio}>
          {t('prejoin.levelTouch')}
        </button>
      ) : (
        <span class="level-name">{on ? t('prejoin.levelHint') : t('prejoin.levelOff')}</span>
      )}
      <div
        ref={meter}
        class="meter"
        role="meter"
        aria-label={t('prejoin.level')}
        aria-valuemin={0}
        aria-valuemax={1}
        aria-valuenow={0}
      />
    </div>
  );
}

/** Whether the browser requires a user gesture before it measures. */
function useAudioAsleep(): boolean {
  const [asleep, setAsleep] = useState(false);
  useEffect(() => {
    const context = sharedAudio();
    const look = () => setAsleep(context.state !== 'running');
    const timer = setTimeout(look, START_PATIENCE_MS);
    context.addEventListener('statechange', look);
    return () => {
      clearTimeout(timer);
      context.removeEventListener('statechange', look);
    };
  }, []);
  return asleep;
}
