import { useState } from 'preact/hooks';
import { t } from '../../locales/index.ts';
import { trackOf, type VisitClient, type VisitState } from '../../sdk/index.ts';
import { DeviceChoice } from '../components/device-choice.tsx';
import { DeviceToggle } from '../components/device-toggle.tsx';
import { EndDialog } from '../components/end-dialog.tsx';
import { EndIcon, LeaveIcon, SettingsIcon, SpeakerIcon } from '../components/icons.tsx';
import { RemoteAudio, SelfVideo } from '../components/media.tsx';
import { Modal } from '../components/modal.tsx';
import { ParticipantTile } from '../components/participant-tile.tsx';
import { ProblemNotice } from '../components/problem-notice.tsx';
import { elapsed } from '../format.ts';
import { useHeadingFocus, useSeconds } from '../hooks.ts';

interface Props {
  client: VisitClient;
  state: VisitState;
}

/** The visit itself. */
export function Call({ client, state }: Props) {
  const heading = useHeadingFocus();
  const [needsTap, setNeedsTap] = useState(false);
  const publishes = state.self?.permissions.includes('publish') ?? false;
  return (
    <main class="call" data-testid="call">
      <header class="call-header">
        <h1 ref={heading} tabIndex={-1}>
          {t('call.title')}
        </h1>
        {state.startedAt !== null && <Timer startedAt={state.startedAt} />}
      </header>
      <section class="stage">
        {state.connection !== 'connected' && (
          <p class="banner stage-banner" data-testid="connection-banner" role="status">
            <span class="spinner" aria-hidden="true" />
            {t('call.reconnecting')}
          </p>
        )}
        <Others client={client} state={state} />
        {state.local.camera.track && (
          <div class="self-view">
            <SelfVideo track={state.local.camera.track} />
            <span class="nameplate">{t('person.you')}</span>
          </div>
        )}
        {needsTap && <TapToHear onDone={() => setNeedsTap(false)} />}
        {publishes && (
          <div class="stage-notice">
            <CallProblem client={client} state={state} />
          </div>
        )}
      </section>
      <Controls client={client} state={state} />
      <Voices state={state} onRefused={() => setNeedsTap(true)} />
    </main>
  );
}

function Others({ client, state }: Props) {
  const { participants } = state;
  if (participants.length === 0) {
    return (
      <div class="alone" role="status">
        <span class="pulse" aria-hidden="true" />
        <p class="alone-title">{t('call.alone')}</p>
        <p>{t('call.aloneHint')}</p>
      </div>
    );
  }
  return (
    <ul class="tiles" data-count={Math.min(participants.length, 5)} aria-label={t('call.people')}>
      {participants.map((person) => (
        <ParticipantTile key={person.userId} client={client} state={state} person={person} />
      ))}
    </ul>
  );
}

function Voices({ state, onRefused }: { state: VisitState; onRefused: () => void }) {
  return (
    <>
      {state.participants.map(({ userId }) => {
        const track = trackOf(state, userId, 'microphone');
        return (
          track && (
            <RemoteAudio key={userId} track={track} speaker={state.choice.speaker} onRefused={onRefused} />
          )
        );
      })}
    </>
  );
}

function TapToHear({ onDone }: { onDone: () => void }) {
  const play = () => {
    for (const audio of document.querySelectorAll<HTMLAudioElement>('.remote-audio')) {
      void audio.play().catch(() => undefined);
    }
    onDone();
  };
  return (
    <button type="button" class="button button-primary tap-to-hear" onClick={play}>
      <SpeakerIcon />
      {t('call.tapToHear')}
    </button>
  );
}

/** In the call only a device that was lost or failed to open is worth a notice; one that was never there is not. */
function CallProblem({ client, state }: Props) {
  const { camera, microphone } = state.local;
  const lost = [camera, microphone].some(({ problem, state: media }) => problem !== null && media === 'off');
  return lost ? <ProblemNotice client={client} state={state} /> : null;
}

function Timer({ startedAt }: { startedAt: number }) {
  const now = useSeconds();
  return (
    <span class="timer" data-testid="timer" role="timer" aria-label={t('call.elapsed')}>
      {elapsed(startedAt, now)}
    </span>
  );
}

function Controls({ client, state }: Props) {
  const [dialog, setDialog] = useState<'end' | 'settings' | null>(null);
  const permissions = state.self?.permissions ?? [];
  const close = () => setDialog(null);
  return (
    <div class="controls" role="group" aria-label={t('call.controls')}>
      {permissions.includes('publish') && (
        <>
          <DeviceToggle client={client} source="microphone" local={state.local.microphone} />
          <DeviceToggle client={client} source="camera" local={state.local.camera} />
        </>
      )}
      <button
        type="button"
        class="control"
        aria-label={t('call.settings')}
        title={t('call.settings')}
        onClick={() => setDialog('settings')}
      >
        <SettingsIcon />
      </button>
      {permissions.includes('end_session') && (
        <button
          type="button"
          class="control control-wide"
          data-testid="end-button"
          onClick={() => setDialog('end')}
        >
          <EndIcon />
          <span>{t('call.end')}</span>
        </button>
      )}
      <button
        type="button"
        class="control control-wide control-leave"
        data-testid="leave-button"
        onClick={() => void client.leave()}
      >
        <LeaveIcon />
        <span>{t('call.leave')}</span>
      </button>
      {dialog === 'end' && <EndDialog client={client} onClose={close} />}
      {dialog === 'settings' && (
        <Modal title={t('devices.title')} onClose={close}>
          <DeviceChoice client={client} state={state} />
          <div class="modal-buttons">
            <button type="button" class="button button-primary" onClick={close}>
              {t('call.close')}
            </button>
          </div>
        </Modal>
      )}
    </div>
  );
}
