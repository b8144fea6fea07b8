import type { WaitingView } from '@televisit/shared/signaling';
import { useEffect, useState } from 'preact/hooks';
import { CloseIcon } from '../../components/call-icons.tsx';
import { nameOf } from '../../format/names.ts';
import { useCall } from '../../hooks/call.ts';
import { t } from './texts.ts';
import { useWaitingSince } from './waiting-list.tsx';

/** How long the buttons for a new person are disabled, in milliseconds, so that they get no click meant for another. */
const REST_MS = 500;

/** For hosts: lets the person who has waited longest in; the panel lists everyone. */
export function WaitingToast() {
  const { state, host, panel } = useCall();
  const [postponed, setPostponed] = useState<ReadonlySet<string>>(new Set());
  const { waitingPeople } = state;
  // A person who leaves and returns is shown again.
  useEffect(() => setPostponed((ids) => stillWaiting(ids, waitingPeople)), [waitingPeople]);
  const [first, ...rest] = waitingPeople.filter(({ userId }) => !postponed.has(userId));
  if (!host || panel === 'people' || !first) return null;
  const onPostpone = () => setPostponed(new Set(waitingPeople.map(({ userId }) => userId)));
  return <Toast key={first.userId} person={first} others={rest.length} onPostpone={onPostpone} />;
}

function stillWaiting(ids: ReadonlySet<string>, people: readonly WaitingView[]): ReadonlySet<string> {
  const kept = [...ids].filter((id) => people.some(({ userId }) => userId === id));
  return kept.length === ids.size ? ids : new Set(kept);
}

interface ToastProps {
  person: WaitingView;
  others: number;
  onPostpone: () => void;
}

function Toast({ person, others, onPostpone }: ToastProps) {
  const { client, attempt, togglePanel } = useCall();
  const name = nameOf(person);
  const since = useWaitingSince(person);
  const rests = useRest();
  return (
    <div class="toast toast-waiting" data-testid="waiting-toast" data-user-id={person.userId}>
      <p class="toast-text">
        <strong>
          <bdi>{name}</bdi>
        </strong>
        <span class="toast-detail">{since}</span>
        {others > 0 && (
          <button type="button" class="link-button" onClick={() => togglePanel('people')}>
            {t('people.othersWait', { count: others })}
          </button>
        )}
      </p>
      <div class="toast-buttons">
        <button
          type="button"
          class="button button-small button-primary"
          data-testid="admit-button"
          disabled={rests}
          aria-label={t('people.admitPerson', { name })}
          onClick={() => attempt(client.waitingRoom.admit(person.userId))}
        >
          {t('people.admit')}
        </button>
        <button
          type="button"
          class="button button-small button-quiet"
          data-testid="decline-button"
          disabled={rests}
          aria-label={t('people.declinePerson', { name })}
          onClick={() => attempt(client.waitingRoom.decline(person.userId))}
        >
          {t('people.decline')}
        </button>
        <button
          type="button"
          class="icon-button"
          aria-label={t('people.later')}
          title={t('people.later')}
          disabled={rests}
          onClick={onPostpone}
        >
          <CloseIcon />
        </button>
      </div>
    </div>
  );
}

function useRest(): boolean {
  const [rests, setRests] = useState(true);
  useEffect(() => {
    const timer = setTimeout(() => setRests(false), REST_MS);
    return () => clearTimeout(timer);
  }, []);
  return rests;
}
