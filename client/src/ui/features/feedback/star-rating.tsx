import { useRef } from 'preact/hooks';
import { StarIcon } from '../../components/icons.tsx';
import { starAfterKey, STARS } from './feedback-form.ts';
import { t } from './texts.ts';

interface Props {
  /** The id of the heading with the question. */
  labelledBy: string;
  /** 1 to 5, or 0 while none is selected. */
  rating: number;
  onRate: (rating: number) => void;
}

/** One to five stars: a radio group (WAI-ARIA APG) with one tab stop, and arrow keys inside. */
export function StarRating({ labelledBy, rating, onRate }: Props) {
  const group = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent, star: number) => {
    if (!group.current || event.altKey || event.ctrlKey || event.metaKey) return;
    const rightToLeft = getComputedStyle(group.current).direction === 'rtl';
    const next = starAfterKey(event.key, star, rightToLeft);
    if (next === null) return;
    event.preventDefault();
    onRate(next);
    group.current.querySelectorAll('button')[next - 1]?.focus();
  };
  return (
    <div class="stars">
      <div ref={group} class="stars-row" role="radiogroup" aria-labelledby={labelledBy} aria-required="true">
        {STARS.map((star) => (
          <button
            key={star}
            type="button"
            role="radio"
            class={`star ${star <= rating ? 'star-full' : ''}`}
            data-testid={`feedback-star-${star}`}
            aria-checked={star === rating}
            aria-label={t('feedback.star', { count: star, total: STARS.length })}
            tabIndex={star === (rating === 0 ? 1 : rating) ? 0 : -1}
            onClick={() => onRate(star)}
            onKeyDown={(event) => move(event, star)}
          >
            <StarIcon />
          </button>
        ))}
      </div>
      <div class="stars-ends" aria-hidden="true">
        <span>{t('feedback.worst')}</span>
        <span>{t('feedback.best')}</span>
      </div>
    </div>
  );
}
