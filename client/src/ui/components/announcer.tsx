import { useEffect, useRef, useState } from 'preact/hooks';
import type { VisitState } from '../../sdk/index.ts';
import { announcements } from '../announcements.ts';

/** Says to screen readers who comes, goes and mutes, and what the connection does. */
export function Announcer({ state }: { state: VisitState }) {
  const before = useRef(state);
  const [said, setSaid] = useState('');
  useEffect(() => {
    const news = announcements(before.current, state);
    before.current = state;
    if (news.length > 0) setSaid(news.join('. '));
  }, [state]);
  return (
    <div class="visually-hidden" role="status" aria-live="polite">
      {said}
    </div>
  );
}
