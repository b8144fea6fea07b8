import { nameOf } from '../../format/names.ts';
import { useCall } from '../../hooks/call.ts';
import type { UiFeature } from '../feature.ts';
import { useWaitingChime } from './chime.ts';
import { DeclinedScreen } from './declined-screen.tsx';
import { messages, t } from './messages.ts';
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

export const waitingRoom: UiFeature = {
  messages,
  screens: { waiting: WaitingScreen, declined: DeclinedScreen },
  Overlay: Waiting,
  people: { Section: WaitingList },
  announce: (before, after) =>
    after.waitingPeople
      .filter(({ userId }) => before.waitingPeople.every((other) => other.userId !== userId))
      .map((person) => t('say.waits', { name: nameOf(person) })),
};
