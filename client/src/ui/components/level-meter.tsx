import { useEffect, useRef } from 'preact/hooks';
import { t } from '../../locales/index.ts';
import { MicrophoneLevel, type LocalSource } from '../../sdk/index.ts';

/** A bar that moves with the person's voice. It writes to the element itself, so that 60 pictures a second render nothing. */
export function LevelMeter({ microphone }: { microphone: LocalSource }) {
  const meter = useRef<HTMLDivElement>(null);
  const { track } = microphone;
  const on = microphone.state === 'on';
  useEffect(() => {
    if (!track || !on) return;
    const level = new MicrophoneLevel(track);
    let shown = 0;
    let frame = 0;
    const draw = () => {
      // It falls slower than it rises, as meters do.
      shown = Math.max(level.read(), shown * 0.9);
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
      <span class="level-name">{on ? t('prejoin.levelHint') : t('prejoin.levelOff')}</span>
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
