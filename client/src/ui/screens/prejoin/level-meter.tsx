import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../../../locales/index.ts';
import { MicrophoneLevel, type LocalSource } from '../../../sdk/index.ts';
import { audioOrNull, sharedAudio, unlockAudio } from '../../sound/audio.ts';

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
  const [measured, setMeasured] = useState(true);
  useEffect(() => {
    if (!track || !on) return;
    const level = levelOf(track);
    setMeasured(level !== null);
    if (!level) return;
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
      {on && measured && asleep ? (
        <button type="button" class="link-button level-name" onClick={unlockAudio}>
          {t('prejoin.levelTouch')}
        </button>
      ) : (
        <span class="level-name">
          {t(!on ? 'prejoin.levelOff' : measured ? 'prejoin.levelHint' : 'prejoin.levelUnknown')}
        </span>
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

/** Returns the level of a microphone, or null if the browser can't measure it. */
function levelOf(track: MediaStreamTrack): MicrophoneLevel | null {
  try {
    return new MicrophoneLevel(track, sharedAudio());
  } catch {
    return null;
  }
}

/** Whether the browser requires a user gesture before it measures. */
function useAudioAsleep(): boolean {
  const [asleep, setAsleep] = useState(false);
  useEffect(() => {
    const context = audioOrNull();
    if (!context) return;
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

/** The level from which a sound counts as a voice. */
const VOICE = 0.35;
/** How many consecutive levels a voice needs, each about a fifteenth of a second apart. */
const LASTING = 2;

/** Returns a function that takes levels (0 to 1) and returns true when a voice is detected, once for each. */
export function voiceDetector(): (level: number) => boolean {
  let loud = 0;
  return (level) => {
    loud = level >= VOICE ? loud + 1 : 0;
    if (loud < LASTING) return false;
    loud = 0;
    return true;
  };
}
