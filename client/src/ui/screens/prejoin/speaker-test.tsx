import { useState } from 'preact/hooks';
import { t } from '../../../locales/index.ts';
import type { VisitClient, VisitState } from '../../../sdk/index.ts';
import { DeviceSelect } from '../../components/device-choice.tsx';
import { SpeakerIcon } from '../../components/icons.tsx';
import { useSay } from '../../hooks/speech.ts';
import { directsSound, unlockAudio } from '../../sound/audio.ts';
import { playMelody } from '../../sound/melody-player.ts';

interface Props {
  client: VisitClient;
  state: VisitState;
  /** The person's answer to whether they heard the sound. */
  onAnswer: (heard: boolean) => void;
}

type Step = 'ready' | 'playing' | 'asked' | 'silent' | 'heard';

/** Plays a sound and asks whether the person heard it; if not, it suggests remedies. */
export function SpeakerTest({ client, state, onAnswer }: Props) {
  const [step, setStep] = useState<Step>('ready');
  const start = () => {
    unlockAudio();
    setStep('playing');
    // A sound that failed to play was not heard either, so the question is asked in any case.
    void playMelody('test', state.choice.speaker)
      .catch(() => undefined)
      .then(() => setStep('asked'));
  };
  const answer = (heard: boolean) => {
    setStep(heard ? 'heard' : 'silent');
    onAnswer(heard);
  };
  if (step === 'asked') {
    return (
      <div class="check-question" role="group" aria-label={t('check.heard')}>
        <span role="status">{t('check.heard')}</span>
        <span class="check-answers">
          <button
            type="button"
            class="button button-quiet button-small"
            data-testid="sound-heard"
            ref={focusOnce}
            onClick={() => answer(true)}
          >
            {t('check.yes')}
          </button>
          <button
            type="button"
            class="button button-quiet button-small"
            data-testid="sound-not-heard"
            onClick={() => answer(false)}
          >
            {t('check.no')}
          </button>
        </span>
      </div>
    );
  }
  return (
    <>
      {step === 'silent' && <Remedies client={client} state={state} />}
      <button
        type="button"
        class="button button-quiet button-small"
        data-testid="play-sound"
        aria-disabled={step === 'playing'}
        onClick={() => step !== 'playing' && start()}
      >
        <SpeakerIcon />
        {t(step === 'playing' ? 'check.playing' : step === 'ready' ? 'check.play' : 'check.playAgain')}
      </button>
    </>
  );
}

function Remedies({ client, state }: Pick<Props, 'client' | 'state'>) {
  useSay(t('check.silent'));
  return (
    <div class="check-help" data-testid="sound-help">
      <p>{t('check.silent')}</p>
      <ul>
        <li>{t('check.silent.volume')}</li>
        <li>{t('check.silent.phone')}</li>
        <li>{t('check.silent.headphones')}</li>
      </ul>
      {directsSound() && state.devices.speaker.length > 1 && (
        <DeviceSelect kind="speaker" client={client} state={state} />
      )}
    </div>
  );
}

/** Focuses the button that replaces the focused one. */
function focusOnce(button: HTMLButtonElement | null): void {
  button?.focus({ preventScroll: true });
}
