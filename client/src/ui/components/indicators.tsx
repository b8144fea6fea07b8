import type { NetworkLevel, Reaction } from '@televisit/shared/vocabulary';
import { t } from '../../locales/index.ts';
import type { ShownReaction } from '../../sdk/index.ts';
import { HandIcon } from './call-icons.tsx';

const BARS: Readonly<Record<NetworkLevel, number>> = { good: 3, fair: 2, poor: 1 };

/** How well somebody's network carries the visit: bars for the eyes, words for everybody. */
export function NetworkIndicator({ level }: { level: NetworkLevel }) {
  const words = t(`quality.${level}`);
  return (
    <svg class={`bars bars-${level}`} viewBox="0 0 16 14" role="img" aria-label={words}>
      <title>{words}</title>
      {[1, 2, 3].map((bar) => (
        <rect
          key={bar}
          x={(bar - 1) * 5.5 + 0.5}
          y={13 - bar * 4}
          width="4"
          height={bar * 4}
          rx="1"
          class={bar <= BARS[level] ? 'bar-full' : 'bar-empty'}
        />
      ))}
    </svg>
  );
}

/** A raised hand, with its place in the line where several are up. */
export function HandIndicator({ order }: { order: number }) {
  const words = t('people.handOrder', { number: order });
  return (
    <span class="sign hand-sign" role="img" aria-label={words} title={words}>
      <HandIcon />
      <span aria-hidden="true">{order}</span>
    </span>
  );
}

export const EMOJI: Readonly<Record<Reaction, string>> = {
  thumbs_up: '👍',
  heart: '❤️',
  clap: '👏',
  laugh: '😄',
  surprise: '😮',
  sad: '😢',
};

/** Reactions of one person, floating over their picture. A screen reader hears of them elsewhere. */
export function FloatingReactions({ reactions }: { reactions: readonly ShownReaction[] }) {
  return (
    <div class="floating-reactions" aria-hidden="true">
      {reactions.map(({ id, reaction }) => (
        <span key={id} class={`floating-reaction floating-${id % 3}`}>
          {EMOJI[reaction]}
        </span>
      ))}
    </div>
  );
}
