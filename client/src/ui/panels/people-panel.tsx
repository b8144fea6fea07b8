import type { ParticipantView } from '@televisit/shared/signaling';
import { t } from '../../locales/index.ts';
import { AwayIcon, MoreIcon, ShareIcon } from '../components/call-icons.tsx';
import { CameraIcon, MicrophoneIcon } from '../components/icons.tsx';
import { MenuButton } from '../components/menu.tsx';
import { HandIndicator, NetworkIndicator } from '../components/indicators.tsx';
import { handOrder, raisedHands } from '../features/hands/raised-hands.ts';
import { useCall, allParticipants } from '../hooks/call.ts';
import { Panel } from './panel.tsx';
import { keyOf, personActions } from '../actions/person-actions.tsx';
import { WaitingList } from '../features/waiting-room/waiting-list.tsx';
import { initialsOf, nameOf } from '../format/names.ts';

/** Who waits, whose hand is up, who is in the visit, and for hosts what they may do about it. */
export function PeoplePanel() {
  const tools = useCall();
  const { client, state, host, attempt } = tools;
  const people = allParticipants(state);
  const hands = raisedHands(people);
  return (
    <Panel name="people" title={t('people.title')}>
      <div class="panel-body">
        {host && <WaitingList />}
        {hands.length > 0 && (
          <section class="panel-section">
            <h3>{t('people.hands', { number: hands.length })}</h3>
            <ol class="rows">
              {hands.map((person, index) => (
                <li key={person.userId} class="row">
                  <HandIndicator order={index + 1} />
                  <bdi class="row-name">{nameOf(person)}</bdi>
                  {host && person.userId !== state.self?.userId && (
                    <button
                      type="button"
                      class="button button-small button-quiet"
                      onClick={() => attempt(client.moderation.lowerHand(person.userId))}
                    >
                      {t('moderation.lowerHand')}
                    </button>
                  )}
                </li>
              ))}
            </ol>
          </section>
        )}
        <section class="panel-section">
          <h3>{t('people.inVisit', { number: people.length })}</h3>
          <ul class="rows">
            {[...people].sort(selfFirst(state.self?.userId)).map((person) => (
              <PersonRow key={person.userId} person={person} people={people} />
            ))}
          </ul>
        </section>
        {host && <HostSwitches />}
      </div>
    </Panel>
  );
}

const selfFirst = (self: string | undefined) => (a: ParticipantView, b: ParticipantView) =>
  Number(b.userId === self) - Number(a.userId === self);

function PersonRow({ person, people }: { person: ParticipantView; people: readonly ParticipantView[] }) {
  const tools = useCall();
  const { userId, media, network } = person;
  const own = userId === tools.state.self?.userId;
  const name = nameOf(person);
  const order = handOrder(people, userId);
  return (
    <li class="row" data-testid="person-row" data-user-id={userId}>
      <span class="avatar" aria-hidden="true">
        {initialsOf(name)}
      </span>
      <span class="row-words">
        <bdi class="row-name">
          {name}
          {own && ` (${t('person.you')})`}
        </bdi>
        <span class="row-detail">
          {person.connected
            ? person.away
              ? t('people.away')
              : t(`role.${person.role}`)
            : t('call.reconnectingPerson')}
        </span>
      </span>
      <span class="row-signs">
        {order !== null && <HandIndicator order={order} />}
        {media.screen === 'on' && <Sign words={t('people.shares')} icon={<ShareIcon />} />}
        {person.away && <Sign words={t('people.away')} icon={<AwayIcon />} />}
        {media.camera !== 'on' && (
          <Sign
            words={t(media.camera === 'none' ? 'call.cameraNone' : 'call.cameraOff')}
            icon={<CameraIcon off />}
          />
        )}
        <Sign
          words={t(media.microphone === 'on' ? 'people.microphoneOn' : 'call.muted')}
          icon={<MicrophoneIcon off={media.microphone !== 'on'} />}
        />
        {network !== null && <NetworkIndicator level={network} />}
      </span>
      {!own && (
        <MenuButton
          class="icon-button"
          label={t('call.tileMenu', { name })}
          entries={personActions(tools, person, keyOf('camera', userId))}
        >
          <MoreIcon />
        </MenuButton>
      )}
    </li>
  );
}

function Sign({ words, icon }: { words: string; icon: preact.ComponentChildren }) {
  return (
    <span class="sign" role="img" aria-label={words} title={words}>
      {icon}
    </span>
  );
}

function HostSwitches() {
  const { client, state, attempt } = useCall();
  const { locked, screenShareAllowed } = state.room;
  return (
    <section class="panel-section">
      <h3>{t('moderation.title')}</h3>
      <label class="switch">
        <input
          type="checkbox"
          role="switch"
          checked={locked}
          onChange={() => attempt(client.moderation.lock(!locked))}
        />
        <span>
          {t('moderation.lock')}
          <span class="row-detail">{t('moderation.lockHint')}</span>
        </span>
      </label>
      <label class="switch">
        <input
          type="checkbox"
          role="switch"
          checked={screenShareAllowed}
          onChange={() => attempt(client.moderation.allowScreenShare(!screenShareAllowed))}
        />
        <span>{t('moderation.shareAllowed')}</span>
      </label>
    </section>
  );
}
