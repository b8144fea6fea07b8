import { t } from '../../locales/index.ts';
import type { VisitClient, VisitState } from '../../sdk/index.ts';
import { DeviceChoice } from '../components/device-choice.tsx';
import { DeviceToggle } from '../components/device-toggle.tsx';
import { CameraIcon } from '../components/icons.tsx';
import { LevelMeter } from '../components/level-meter.tsx';
import { SelfVideo } from '../components/media.tsx';
import { ProblemNotice } from '../components/problem-notice.tsx';
import { useHeadingFocus } from '../hooks.ts';

interface Props {
  client: VisitClient;
  state: VisitState;
}

/** The look in the mirror before the visit. Everything slow happens behind it. */
export function Prejoin({ client, state }: Props) {
  const heading = useHeadingFocus();
  const { self } = state;
  const publishes = self?.permissions.includes('publish') ?? false;
  const joining = state.phase === 'joining';
  return (
    <main class={`prejoin ${publishes ? '' : 'prejoin-plain'}`} data-testid="prejoin">
      <header class="prejoin-header">
        <h1 ref={heading} tabIndex={-1}>
          {t('prejoin.title')}
        </h1>
        {self && <p class="who">{whoText(self)}</p>}
      </header>
      {publishes && <Preview client={client} state={state} />}
      <section class="panel">
        {state.connection === 'reconnecting' && (
          <p class="banner" data-testid="connection-banner" role="status">
            {t('prejoin.reconnecting')}
          </p>
        )}
        {publishes && <ProblemNotice client={client} state={state} />}
        {publishes && state.local.microphone.state !== 'none' && (
          <LevelMeter microphone={state.local.microphone} />
        )}
        <button
          type="button"
          class="button button-primary button-large"
          data-testid="join-button"
          aria-busy={joining}
          aria-disabled={joining}
          onClick={() => client.join()}
        >
          {joining && <span class="spinner" aria-hidden="true" />}
          {t(joining ? 'prejoin.connecting' : 'prejoin.join')}
        </button>
        <p class="hint">{t(publishes ? 'prejoin.private' : 'prejoin.observer')}</p>
        <DeviceChoice client={client} state={state} />
      </section>
    </main>
  );
}

function Preview({ client, state }: Props) {
  const { camera, microphone } = state.local;
  return (
    <section class={`preview ${camera.track ? '' : 'preview-empty'}`} aria-label={t('prejoin.preview')}>
      {camera.track ? (
        <SelfVideo track={camera.track} />
      ) : (
        <div class="placeholder">
          <CameraIcon off={!camera.busy} />
          <span>
            {t(
              camera.busy
                ? 'prejoin.opening'
                : camera.state === 'off'
                  ? 'prejoin.cameraOff'
                  : 'prejoin.cameraNone',
            )}
          </span>
        </div>
      )}
      <div class="preview-controls">
        <DeviceToggle client={client} source="microphone" local={microphone} />
        <DeviceToggle client={client} source="camera" local={camera} />
      </div>
    </section>
  );
}

function whoText(self: NonNullable<VisitState['self']>): string {
  const role = t(`role.${self.role}`);
  return self.displayName === null
    ? t('prejoin.as', { role })
    : t('prejoin.asNamed', { name: self.displayName, role });
}
