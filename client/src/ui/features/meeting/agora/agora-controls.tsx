import { Help } from '../../../components/problem-notice.tsx';
import { AlertIcon, CameraIcon, LeaveIcon, MicrophoneIcon } from '../../../components/icons.tsx';
import type { ComponentChildren } from 'preact';
import type { VisitClient } from '../../../../sdk/index.ts';
import { EndButton } from '../meeting-buttons.tsx';
import type { AgoraChannel } from './agora-channel.ts';
import { AGORA_SOURCES, type DeviceStates } from './agora-devices.ts';
import type { AgoraSource } from './agora-sdk.ts';
import { t } from './texts.ts';

interface Props {
  client: VisitClient;
  channel: AgoraChannel;
  devices: DeviceStates;
}

/** The buttons below the pictures. */
export function AgoraControls({
  client,
  channel,
  devices,
  children,
}: Props & { children: ComponentChildren }) {
  const mayEnd = client.can('end_session');
  return (
    <div class="agora-controls" role="group" aria-label={t('agora.controls')}>
      {children}
      {channel.publishes &&
        AGORA_SOURCES.map((source) => (
          <Toggle key={source} source={source} channel={channel} devices={devices} />
        ))}
      <button
        type="button"
        class={`button agora-leave ${mayEnd ? 'button-quiet' : 'button-danger'}`}
        data-testid="agora-leave"
        onClick={() => channel.leave()}
      >
        <LeaveIcon />
        {t('agora.leave')}
      </button>
      {mayEnd && <EndButton client={client} />}
    </div>
  );
}

/** Switches a device. Pressed means on, as the label says. */
function Toggle({ source, channel, devices }: Omit<Props, 'client'> & { source: AgoraSource }) {
  const { on, busy, problem } = devices[source];
  const label = t(`toggle.${source}.${on ? 'on' : problem === null ? 'off' : 'none'}`);
  return (
    <button
      type="button"
      class={`control ${on ? '' : 'control-off'}`}
      data-testid={source === 'camera' ? 'camera-toggle' : 'mic-toggle'}
      aria-pressed={on}
      aria-busy={busy}
      aria-label={label}
      title={label}
      onClick={() => void channel.setOn(source, !on)}
    >
      {source === 'camera' ? <CameraIcon off={!on} /> : <MicrophoneIcon off={!on} />}
    </button>
  );
}

/** Names the devices that do not work, offers another try, and shows how to allow them in this browser. */
export function DeviceNotice({ client, channel, devices }: Props) {
  const broken = AGORA_SOURCES.flatMap((source) => {
    const { problem } = devices[source];
    return problem === null ? [] : [{ source, problem }];
  });
  const [first, second] = broken;
  if (!first) return null;
  const lines =
    first.problem === second?.problem ? [{ source: 'both' as const, problem: first.problem }] : broken;
  const retry = async () => {
    for (const { source } of broken) await channel.setOn(source, true);
  };
  return (
    <div class="notice agora-notice" data-testid="agora-notice">
      <AlertIcon />
      <div class="notice-text" role="alert">
        {lines.map(({ source, problem }) => (
          <p key={source}>
            <strong>{t(`problem.${source}.${problem}`)}</strong> {t(`problem.help.${problem}`)}
          </p>
        ))}
      </div>
      <button type="button" class="button button-quiet" onClick={() => void retry()}>
        {t('problem.retry')}
      </button>
      {broken.some(({ problem }) => problem === 'media_denied') && (
        <details class="notice-more">
          <summary>{t('problem.how')}</summary>
          <Help client={client} kind="steps" />
        </details>
      )}
    </div>
  );
}
