import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../../locales/index.ts';
import { MicrophoneLevel, type LocalSource } from '../../sdk/index.ts';
import { sharedAudio, unlockAudio } from '../sound/audio.ts';
import { voiceListener } from '../voice.ts';

interface Props {
  microphone: LocalSource;
  /** Called each time that a voice is heard. */
  onHeard?: () => void;
}

/** How long a browser may take to start the measuring by itself, in milliseconds. */
const START_PATIENCE_MS = 700;

/** A bar that moves with the person's voice. It writes to the element itself, so that 60 pictures a second render nothing. */
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
    const isVoice = voiceListener();
    let shown = 0;
    let frame = 0;
    const draw = () => {
      const now = level.read();
      // It falls slower than it rises, as meters do.
      shown = Math.max(now, shown * 0.9);
      if (isVoice(now)) heard.current?.();
      if (meter.current) {
        meter.current.style.setProperty('--level-now', String(shown));
        meter.current.ariaValueNow = shown.toFixed(1);
      }
      frame = requestAnimationFrame(draw);
    };
    draw();
    return () => {
      cancelAnimationFrame(frame);
      level.close();
      // A meter that is switched off must not go on showing the last word.
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

/** Whether the browser waits for a touch before it measures anything. */
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
