import type { TranscriptRecord } from '@televisit/shared/features/transcripts';
import { useEffect, useRef } from 'preact/hooks';
import { elapsed } from '../../format/formatters.ts';
import { nameOf } from '../../format/names.ts';
import { t } from './texts.ts';

/** Returns the segment that was begun last; -1 before the first one. @param segments in the order of their start */
export function currentSegment(segments: readonly { readonly start: number }[], seconds: number): number {
  return segments.filter(({ start }) => start <= seconds).length - 1;
}

interface TranscriptProps {
  readonly transcript: TranscriptRecord;
  /** Where the video is, in seconds. */
  readonly seconds: number;
  readonly onSeek: (seconds: number) => void;
}

/** What was said: each segment leads to its place in the video. */
export function Transcript({ transcript: { people, segments }, seconds, onSeek }: TranscriptProps) {
  const list = useRef<HTMLOListElement>(null);
  const current = currentSegment(segments, seconds);
  useEffect(() => {
    const box = list.current;
    const item = box?.children[current];
    if (!box || !item || box.matches(':hover')) return;
    // Scrolls the list only, not the page.
    const { top } = item.getBoundingClientRect();
    box.scrollTop += top - box.getBoundingClientRect().top - box.clientHeight / 3;
  }, [current]);
  const nameFor = (userId: string) => {
    const person = people.find((one) => one.userId === userId);
    return person ? nameOf(person) : userId;
  };
  return (
    <section class="player-transcript" aria-labelledby="player-transcript" data-testid="player-transcript">
      <h2 id="player-transcript">{t('player.transcript')}</h2>
      <p class="player-notice">{t('player.automatic')}</p>
      <ol class="player-segments" ref={list}>
        {segments.map(({ segmentId, userId, start, text }, index) => (
          <li key={segmentId}>
            <button
              type="button"
              class="player-segment"
              aria-current={index === current ? 'true' : undefined}
              data-testid="player-segment"
              onClick={() => onSeek(start)}
            >
              <span class="player-who">
                <bdi>{nameFor(userId)}</bdi>
                <span class="player-time">{elapsed(0, start * 1000)}</span>
              </span>
              <span dir="auto">{text}</span>
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}
