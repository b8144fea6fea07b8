import type { ParticipantView } from '@televisit/shared/signaling';
import { REACTIONS, type Reaction } from '@televisit/shared/vocabulary';
import type { CallAction } from '../../actions/call-action.ts';
import { SmileIcon } from '../../components/call-icons.tsx';
import { nameOf } from '../../format/names.ts';
import { useCall } from '../../hooks/call.ts';
import type { UiFeature } from '../feature.ts';
import { t } from './texts.ts';
import './reactions.css';

const EMOJI: Readonly<Record<Reaction, string>> = {
  thumbs_up: '👍',
  heart: '❤️',
  clap: '👏',
  laugh: '😄',
  surprise: '😮',
  sad: '😢',
};

const react: CallAction = {
  id: 'reactions',
  placement: { order: 50, toolbar: { rank: 6 } },
  testId: 'reactions-menu',
  isAvailable: ({ publishes }) => publishes,
  label: () => t('reactions.title'),
  caption: () => t('reactions.short'),
  icon: () => <SmileIcon />,
  run: () => undefined,
  choices: ({ client, attempt }) =>
    REACTIONS.map((reaction) => ({
      id: reaction,
      label: t(`reactions.${reaction}`),
      icon: (
        <span class="emoji" aria-hidden="true">
          {EMOJI[reaction]}
        </span>
      ),
      inRow: true,
      testId: `reaction-${reaction}`,
      onSelect: () => attempt(client.react(reaction)),
    })),
};

/** A participant's reactions, floating over their tile. Screen readers get them by `announce`. */
function FloatingReactions({ person }: { person: ParticipantView }) {
  const { state } = useCall();
  return (
    <div class="floating-reactions" aria-hidden="true">
      {state.reactions
        .filter(({ userId }) => userId === person.userId)
        .map(({ id, reaction }) => (
          <span key={id} class={`floating-reaction floating-${id % 3}`}>
            {EMOJI[reaction]}
          </span>
        ))}
    </div>
  );
}

export const reactions: UiFeature = {
  actions: [react],
  Tile: FloatingReactions,
  announce: (before, after) => {
    const known = new Set(before.reactions.map(({ id }) => id));
    return after.reactions.flatMap(({ id, userId, reaction }) => {
      const person = after.participants.find((other) => other.userId === userId);
      if (known.has(id) || !person) return [];
      return [t('say.reaction', { name: nameOf(person), reaction: t(`reactions.${reaction}`) })];
    });
  },
};
