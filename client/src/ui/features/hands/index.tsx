import type { ParticipantView } from '@televisit/shared/signaling';
import type { CallAction } from '../../actions/call-action.ts';
import { HandIcon } from '../../components/call-icons.tsx';
import { nameOf } from '../../format/names.ts';
import { allParticipants, useCall, type CallTools } from '../../hooks/call.ts';
import type { UiFeature } from '../feature.ts';
import { t } from './texts.ts';
import './hands.css';

const isRaised = ({ state }: CallTools) => state.me?.handRaisedAt != null;

const raiseHand: CallAction = {
  id: 'hand',
  placement: { order: 40, toolbar: { rank: 4 } },
  testId: 'hand-toggle',
  shortcut: { key: 'h', label: () => t('shortcuts.hand') },
  isAvailable: ({ publishes }) => publishes,
  label: (call) => t(isRaised(call) ? 'call.lowerHand' : 'call.raiseHand'),
  caption: (call) => t(isRaised(call) ? 'call.lowerHandShort' : 'call.hand'),
  icon: () => <HandIcon />,
  look: (call) => ({ tone: isRaised(call) ? 'active' : 'plain' }),
  run: (call) => call.attempt(call.client.raiseHand(!isRaised(call))),
};

/** A raised hand, with its place in the queue. */
function HandIndicator({ order }: { order: number }) {
  const label = t('people.handOrder', { number: order });
  return (
    <span class="sign hand-sign" role="img" aria-label={label} title={label}>
      <HandIcon />
      <span aria-hidden="true">{order}</span>
    </span>
  );
}

function PersonIndicator({ person }: { person: ParticipantView }) {
  const order = handOrder(allParticipants(useCall().state), person.userId);
  return order === null ? null : <HandIndicator order={order} />;
}

function TileIndicator({ person }: { person: ParticipantView }) {
  const order = handOrder(allParticipants(useCall().state), person.userId);
  if (order === null) return null;
  return (
    <div class="tile-hand">
      <HandIndicator order={order} />
    </div>
  );
}

/** All raised hands in order; hosts can lower them. */
function RaisedHands() {
  const { client, state, host, attempt } = useCall();
  const hands = raisedHands(allParticipants(state));
  if (hands.length === 0) return null;
  return (
    <section class="panel-section">
      <h3>{t('people.hands', { number: hands.length })}</h3>
      <ol class="rows">
        {hands.map((person, index) => (
          <li key={person.userId} class="row">
            <HandIndicator order={index + 1} />
            <span class="row-name">
              <bdi>{nameOf(person)}</bdi>
            </span>
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
  );
}

export const hands: UiFeature = {
  actions: [raiseHand],
  Tile: TileIndicator,
  people: {
    Section: RaisedHands,
    Indicator: PersonIndicator,
    actions: ({ client, host, attempt }, { userId, handRaisedAt }) => [
      host &&
        handRaisedAt !== null && {
          id: 'hand',
          order: 50,
          label: t('moderation.lowerHand'),
          icon: <HandIcon />,
          onSelect: () => attempt(client.moderation.lowerHand(userId)),
        },
    ],
  },
  announce: (before, after) => {
    const known = allParticipants(before);
    return allParticipants(after).flatMap((person) => {
      const old = known.find(({ userId }) => userId === person.userId);
      if (!old || (old.handRaisedAt === null) === (person.handRaisedAt === null)) return [];
      const way = person.handRaisedAt === null ? 'down' : 'up';
      const own = person.userId === after.me?.userId;
      return [own ? t(`say.ownHand.${way}`) : t(`say.hand.${way}`, { name: nameOf(person) })];
    });
  },
};

type Hand = Pick<ParticipantView, 'userId' | 'handRaisedAt'>;

/** Returns the participants with a raised hand, the first to raise it first. */
export function raisedHands<P extends Hand>(people: readonly P[]): P[] {
  return people
    .filter(({ handRaisedAt }) => handRaisedAt !== null)
    .sort((a, b) => Date.parse(a.handRaisedAt ?? '') - Date.parse(b.handRaisedAt ?? ''));
}

/** Returns a participant's place among the raised hands, from 1; null while the hand is down. */
export function handOrder(people: readonly Hand[], userId: string): number | null {
  const index = raisedHands(people).findIndex((person) => person.userId === userId);
  return index === -1 ? null : index + 1;
}
