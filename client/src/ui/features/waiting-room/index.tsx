import type { WaitingView } from '@televisit/shared/signaling';
import { nameOf } from '../../format/names.ts';
import { useCall } from '../../hooks/call.ts';
import type { UiFeature } from '../feature.ts';
import { useWaitingChime } from './chime.ts';
import { DeclinedScreen } from './declined-screen.tsx';
import { PushOffer } from './push-offer.tsx';
import { t } from './texts.ts';
import { WaitingList } from './waiting-list.tsx';
import { WaitingScreen } from './waiting-screen.tsx';
import { WaitingToast } from './waiting-toast.tsx';
import './waiting-room.css';

/** Shows hosts who is waiting, with a chime for each new person. */
function Waiting() {
  const { state, host, preferences } = useCall();
  useWaitingChime(state.waitingPeople, host && preferences.sounds);
  return <WaitingToast />;
}

/** Returns the people who are not among others. */
function missing(people: readonly WaitingView[], others: readonly { readonly userId: string }[]) {
  return people.filter(({ userId }) => others.every((other) => other.userId !== userId));
}

export const waitingRoom: UiFeature = {
  screens: { waiting: WaitingScreen, declined: DeclinedScreen },
  Banner: PushOffer,
  Overlay: Waiting,
  people: { Section: WaitingList },
  announce: (before, after) => [
    ...missing(after.waitingPeople, before.waitingPeople).map((person) =>
      t('say.waits', { name: nameOf(person) }),
    ),
    // Those who were let in have joined.
    ...missing(before.waitingPeople, [...after.waitingPeople, ...after.participants]).map((person) =>
      t('say.waitsNoMore', { name: nameOf(person) }),
    ),
  ],
};
