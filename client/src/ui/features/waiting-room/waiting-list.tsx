import type { WaitingView } from '@televisit/shared/signaling';
import { MAX_WAITING_TEXT } from '@televisit/shared/vocabulary';
import { useEffect, useRef, useState } from 'preact/hooks';
import { ChatIcon, SendIcon } from '../../components/call-icons.tsx';
import { NetworkIndicator } from '../../components/indicators.tsx';
import { wholeMinutes } from '../../format/formatters.ts';
import { initialsOf, nameOf } from '../../format/names.ts';
import { useCall } from '../../hooks/call.ts';
import { useSeconds } from '../../hooks/page.ts';
import { t } from './texts.ts';

/** Returns how long a person has been waiting, as text. */
export function useWaitingSince({ since }: WaitingView): string {
  const { state } = useCall();
  const minutes = wholeMinutes(Date.parse(since), useSeconds() + state.clockOffset);
  return minutes === 0 ? t('people.waitingNow') : t('people.waitingSince', { count: minutes });
}

/** For hosts: the waiting people, those who have waited longest first. */
export function WaitingList() {
  const { client, state, host, attempt } = useCall();
  const { waitingPeople } = state;
  if (!host || waitingPeople.length === 0) return null;
  const admitAll = async () => {
    await Promise.all(waitingPeople.map(({ userId }) => client.waitingRoom.admit(userId)));
  };
  return (
    <section class="panel-section" data-testid="waiting-list">
      <div class="section-head">
        <h3>{t('people.waiting', { number: waitingPeople.length })}</h3>
        {waitingPeople.length > 1 && (
          <button type="button" class="button button-small button-quiet" onClick={() => attempt(admitAll())}>
            {t('people.admitAll')}
          </button>
        )}
      </div>
      <ul class="rows">
        {waitingPeople.map((person) => (
          <WaitingRow key={person.userId} person={person} />
        ))}
      </ul>
    </section>
  );
}

function WaitingRow({ person }: { person: WaitingView }) {
  const { client, attempt } = useCall();
  const [writing, setWriting] = useState(false);
  const name = nameOf(person);
  const since = useWaitingSince(person);
  const { userId } = person;
  return (
    <li class="row row-waiting" data-testid="waiting-person" data-user-id={userId}>
      <div class="row-line">
        <span class="avatar" aria-hidden="true">
          {initialsOf(name)}
        </span>
        <span class="row-words">
          <span class="row-name">
            <bdi>{name}</bdi>
          </span>
          <span class="row-detail">{person.connected ? since : t('call.reconnectingPerson')}</span>
        </span>
        {person.connected && person.network !== null && <NetworkIndicator level={person.network} />}
      </div>
      <div class="row-buttons">
        <button
          type="button"
          class="button button-small button-primary"
          data-testid="admit-button"
          aria-label={t('people.admitPerson', { name })}
          onClick={() => attempt(client.waitingRoom.admit(userId))}
        >
          {t('people.admit')}
        </button>
        <button
          type="button"
          class="button button-small button-quiet"
          data-testid="decline-button"
          aria-label={t('people.declinePerson', { name })}
          onClick={() => attempt(client.waitingRoom.decline(userId))}
        >
          {t('people.decline')}
        </button>
        <button
          type="button"
          class="icon-button"
          aria-label={t('people.write', { name })}
          title={t('people.write', { name })}
          aria-expanded={writing}
          onClick={() => setWriting(!writing)}
        >
          <ChatIcon />
        </button>
      </div>
      {writing && <MessageForm person={person} onSent={() => setWriting(false)} />}
    </li>
  );
}

function MessageForm({ person, onSent }: { person: WaitingView; onSent: () => void }) {
  const { client, attempt, toasts } = useCall();
  const [text, setText] = useState('');
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const name = nameOf(person);
  const send = async () => {
    await client.waitingRoom.message(person.userId, text.trim());
    toasts.show({ id: 'line-sent', text: t('people.written', { name }), tone: 'plain' });
    onSent();
  };
  return (
    <form
      class="line-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() !== '') attempt(send());
      }}
    >
      <input
        type="text"
        class="text-field"
        dir="auto"
        maxLength={MAX_WAITING_TEXT}
        aria-label={t('people.write', { name })}
        placeholder={t('people.writeHint')}
        value={text}
        ref={field}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <button
        type="submit"
        class="icon-button icon-button-primary"
        aria-label={t('people.send')}
        title={t('people.send')}
      >
        <SendIcon />
      </button>
    </form>
  );
}
