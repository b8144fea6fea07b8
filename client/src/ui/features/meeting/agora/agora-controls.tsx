import { AlertIcon, CameraIcon, LeaveIcon, MicrophoneIcon } from '../../../components/icons.tsx';
import type { AgoraChannel } from './agora-channel.ts';
import { AGORA_SOURCES, type DeviceStates } from './agora-devices.ts';
import type { AgoraSource } from './agora-sdk.ts';
import { t } from './texts.ts';

interface Props {
  channel: AgoraChannel;
  devices: DeviceStates;
}

/** The buttons below the pictures. */
export function AgoraControls({ channel, devices }: Props) {
  return (
    <div class="agora-controls" role="group" aria-label={t('agora.controls')}>
      {channel.publishes &&
        AGORA_SOURCES.map((source) => (
          <Toggle key={source} source={source} channel={channel} devices={devices} />
        ))}
      <button
        type="button"
        class="button button-danger agora-leave"
        data-testid="agora-leave"
        onClick={() => channel.leave()}
      >
        <LeaveIcon />
        {t('agora.leave')}
      </button>
    </div>
  );
}

/** Switches a device. Pressed means on, as the label says. */
function Toggle({ source, channel, devices }: Props & { source: AgoraSource }) {
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

/** Names the devices that do not work, and offers another try. */
export function DeviceNotice({ channel, devices }: Props) {
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
            <strong>{t(`problem.${source}.${problem}`)}</strong>{' '}
            {t(problem === 'media_denied' ? 'agora.denied' : `problem.help.${problem}`)}
          </p>
        ))}
      </div>
      <button type="button" class="button button-quiet" onClick={() => void retry()}>
        {t('problem.retry')}
      </button>
    </div>
  );
}
