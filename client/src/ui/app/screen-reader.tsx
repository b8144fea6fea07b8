import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../../locales/index.ts';
import type { VisitState } from '../../sdk/index.ts';
import { screenReaderMessages } from './screen-reader-messages.ts';

/** Says to screen readers who comes, goes and mutes, what the connection does, and at once what the clinic announces. */
export function ScreenReader({ state }: { state: VisitState }) {
  const before = useRef(state);
  const [said, setSaid] = useState('');
  const [told, setTold] = useState('');
  useEffect(() => {
    const news = screenReaderMessages(before.current, state);
    const fresh = state.announcements.filter((one) => !before.current.announcements.includes(one));
    before.current = state;
    if (fresh.length > 0) setTold(fresh.map(({ text }) => t('announcement.say', { text })).join('. '));
    if (news.length > 0) setSaid(news.join('. '));
  }, [state]);
  return (
    <>
      <div class="visually-hidden" role="status" aria-live="polite">
        {said}
      </div>
      <div class="visually-hidden" aria-live="assertive" data-testid="announcement-said">
        {told}
      </div>
    </>
  );
}
