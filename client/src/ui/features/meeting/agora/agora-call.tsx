import { useEffect, useRef, useState } from 'preact/hooks';
import { AlertIcon } from '../../../components/icons.tsx';
import { useFocusRescue, useHeadingFocus } from '../../../hooks/focus.ts';
import { useSay } from '../../../hooks/speech.ts';
import { useSeconds } from '../../../hooks/page.ts';
import { Message } from '../../../screens/message.tsx';
import { Timer } from '../meeting-card.tsx';
import { closingText } from '../meeting-status.ts';
import type { ProviderCallProps } from '../provider-call.ts';
import {
  AGORA_START,
  AgoraChannel,
  canRetry,
  type AgoraCredentials,
  type AgoraProblem,
  type AgoraState,
} from './agora-channel.ts';
import { AgoraControls, DeviceNotice } from './agora-controls.tsx';
import { namesOf, useMovements, type Names } from './agora-names.ts';
import type { AgoraSdk } from './agora-sdk.ts';
import { AgoraTiles, HearOthers, OthersSound } from './agora-tiles.tsx';
import { loadAgoraSdk } from './load-agora-sdk.ts';
import { t } from './texts.ts';
import './agora.css';

interface Props extends ProviderCallProps {
  loadSdk?: () => Promise<AgoraSdk>;
}

/** A visit at Agora, inside the page. */
export function AgoraCall({ loadSdk = loadAgoraSdk, ...props }: Props) {
  const { credentials, meeting, onLeft } = props;
  const { channel, state } = useAgoraChannel(credentials, loadSdk);
  const { phase, problem } = state;
  const names = namesOf(meeting.people);
  useEffect(() => {
    if (phase === 'left') onLeft();
  }, [phase]);
  useSay(phaseText(state));
  useMovements(state, names);
  if (phase === 'failed' && problem !== null) {
    return <Failure problem={problem} onRetry={() => void channel.join()} onBack={() => channel.leave()} />;
  }
  return <Room {...props} channel={channel} call={state} names={names} />;
}

interface RoomProps extends ProviderCallProps {
  channel: AgoraChannel;
  call: AgoraState;
  names: Names;
}

function Room({ client, state, meeting, self, channel, call, names }: RoomProps) {
  const { phase, devices, others } = call;
  const room = useRef<HTMLElement>(null);
  const heading = useHeadingFocus();
  useFocusRescue(room, heading);
  const [blocked, setBlocked] = useState(false);
  const status =
    phase === 'joining' ? t('agora.joining') : phase === 'reconnecting' ? t('say.reconnecting') : null;
  return (
    <main ref={room} class="agora" data-testid="agora-call" data-phase={phase}>
      <h1 ref={heading} class="visually-hidden" tabIndex={-1}>
        {t('agora.title')}
      </h1>
      {status !== null && (
        <p class="agora-status" data-testid="agora-status">
          <span class="spinner" aria-hidden="true" />
          {status}
        </p>
      )}
      <Closing closesAt={meeting.closesAt} clockOffset={state.clockOffset} />
      <AgoraTiles state={call} names={names} self={self} publishes={channel.publishes} />
      <OthersSound others={others} onBlocked={() => setBlocked(true)} />
      {blocked && <HearOthers onDone={() => setBlocked(false)} />}
      {channel.publishes && <DeviceNotice client={client} devices={devices} channel={channel} />}
      {!channel.publishes && <p class="agora-hint">{t('agora.watching')}</p>}
      <AgoraControls client={client} channel={channel} devices={devices}>
        {state.startedAt !== null && <Timer startedAt={state.startedAt} />}
      </AgoraControls>
    </main>
  );
}

/** Announces that the visit closes soon. */
function Closing({ closesAt, clockOffset }: { closesAt: number; clockOffset: number }) {
  const text = closingText(closesAt, useSeconds() + clockOffset);
  useSay(text);
  return (
    text !== null && (
      <p class="banner agora-closing" data-testid="closing-soon">
        {text}
      </p>
    )
  );
}

/** Joins when the page shows the call, and leaves when it no longer does. */
function useAgoraChannel(credentials: AgoraCredentials, loadSdk: () => Promise<AgoraSdk>) {
  const [state, setState] = useState<AgoraState>(AGORA_START);
  const [channel] = useState(() => new AgoraChannel({ credentials, loadSdk, onChange: setState }));
  useEffect(() => {
    void channel.join();
    return () => channel.leave();
  }, []);
  return { channel, state };
}

/** Returns what a screen reader says about the connection. */
function phaseText({ phase }: AgoraState): string | null {
  switch (phase) {
    case 'joining':
      return t('agora.joining');
    case 'joined':
      return t('agora.joined');
    case 'reconnecting':
      return t('say.reconnecting');
    default:
      return null;
  }
}

interface FailureProps {
  problem: AgoraProblem;
  onRetry: () => void;
  onBack: () => void;
}

function Failure({ problem, onRetry, onBack }: FailureProps) {
  return (
    <Message
      title={t(`agora.${problem}.title`)}
      text={t(`agora.${problem}.text`)}
      testId="agora-failed"
      sign={<AlertIcon />}
    >
      <div class="message-buttons">
        {canRetry(problem) && (
          <button type="button" class="button button-primary" data-testid="agora-retry" onClick={onRetry}>
            {t('problem.retry')}
          </button>
        )}
        <button
          type="button"
          class={`button ${canRetry(problem) ? 'button-quiet' : 'button-primary'}`}
          data-testid="agora-back"
          onClick={onBack}
        >
          {t('agora.back')}
        </button>
      </div>
    </Message>
  );
}
