import type { ParticipantView } from '@televisit/shared/signaling';
import { t } from '../../locales/call.ts';
import { AwayIcon, MoreIcon } from '../components/call-icons.tsx';
import { CameraIcon, MicrophoneIcon } from '../components/icons.tsx';
import { Indicator, NetworkIndicator } from '../components/indicators.tsx';
import { MenuButton } from '../components/menu.tsx';
import { Switch } from '../components/toggles.tsx';
import { initialsOf, nameOf } from '../format/names.ts';
import { allParticipants, useCall } from '../hooks/call.ts';
import { useFeatures } from '../hooks/features.ts';
import { useRegistry } from '../hooks/registry.ts';
import { stageKey } from '../stage/stage-content.ts';
import { personEntries, pinEntry } from './person-actions.tsx';

/** The participants, what features add about them, and the switches for hosts. */
export function PeoplePanel() {
  const { state } = useCall();
  const people = allParticipants(state);
  return (
    <div class="panel-body">
      {useFeatures().map(({ people: added }, index) => added?.Section && <added.Section key={index} />)}
      <section class="panel-section">
        <h3>{t('people.inVisit', { number: people.length })}</h3>
        <ul class="rows">
          {people.sort(selfFirst(state.self?.userId)).map((person) => (
            <PersonRow key={person.userId} person={person} />
          ))}
        </ul>
      </section>
      <HostSwitches />
    </div>
  );
}

const selfFirst = (self: string | undefined) => (a: ParticipantView, b: ParticipantView) =>
  Number(b.userId === self) - Number(a.userId === self);

function PersonRow({ person }: { person: ParticipantView }) {
  const call = useCall();
  const features = useFeatures();
  const { userId, media, network } = person;
  const own = userId === call.state.self?.userId;
  const name = nameOf(person);
  return (
    <li class="row" data-testid="person-row" data-user-id={userId}>
      <span class="avatar" aria-hidden="true">
        {initialsOf(name)}
      </span>
      <span class="row-words">
        <span class="row-name">
          <bdi>{name}</bdi>
          {own && ` (${t('person.you')})`}
        </span>
        <span class="row-detail">
          {person.connected
            ? person.away
              ? t('people.away')
              : t(`role.${person.role}`)
            : t('call.reconnectingPerson')}
        </span>
      </span>
      <span class="row-signs">
        {features.map(
          ({ people }, index) => people?.Indicator && <people.Indicator key={index} person={person} />,
        )}
        {person.away && <Indicator label={t('people.away')} icon={<AwayIcon />} />}
        {media.camera !== 'on' && (
          <Indicator
            label={t(media.camera === 'none' ? 'call.cameraNone' : 'call.cameraOff')}
            icon={<CameraIcon off />}
          />
        )}
        <Indicator
          label={t(media.microphone === 'on' ? 'people.microphoneOn' : 'call.muted')}
          icon={<MicrophoneIcon off={media.microphone !== 'on'} />}
        />
        {person.connected && network !== null && <NetworkIndicator level={network} />}
      </span>
      {!own && (
        <MenuButton
          class="icon-button"
          label={t('call.tileMenu', { name })}
          entries={[pinEntry(call, stageKey('camera', userId)), ...personEntries(features, call, person)]}
        >
          <MoreIcon />
        </MenuButton>
      )}
    </li>
  );
}

function HostSwitches() {
  const call = useCall();
  const switches = useRegistry()
    .available(call)
    .filter(({ placement }) => placement.hostSwitch);
  if (switches.length === 0) return null;
  return (
    <section class="panel-section">
      <h3>{t('people.forHosts')}</h3>
      {switches.map(({ id, label, hint, isPressed, run }) => (
        <Switch
          key={id}
          on={isPressed?.(call) ?? false}
          label={label(call)}
          detail={hint?.()}
          onChange={() => run(call)}
        />
      ))}
    </section>
  );
}
