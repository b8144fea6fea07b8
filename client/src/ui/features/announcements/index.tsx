import { useEffect } from 'preact/hooks';
import { CloseIcon } from '../../components/call-icons.tsx';
import { MessageIcon } from '../../components/icons.tsx';
import { LinkedText } from '../../components/linked-text.tsx';
import { playMelody } from '../../sound/melody-player.ts';
import type { ScreenProps, UiFeature } from '../feature.ts';
import { t } from './texts.ts';
import './announcements.css';

/** Messages from the clinic to everyone in the visit. Each stays until the person closes it. */
function Announcements({ client, state: { announcements, phase, choice } }: ScreenProps) {
  const newest = announcements.at(-1)?.at;
  useEffect(() => {
    // In the waiting room people look away from the page.
    if (newest !== undefined && phase === 'waiting')
      void playMelody('message', choice.speaker).catch(() => undefined);
  }, [newest]);
  if (announcements.length === 0) return null;
  return (
    <section class="announcements" aria-label={t('announcement.title')}>
      {announcements.map((announcement) => (
        <div key={`${announcement.at} ${announcement.text}`} class="announcement" data-testid="announcement">
          <MessageIcon />
          <div class="announcement-words">
            <strong>{t('announcement.title')}</strong>
            <LinkedText class="announcement-text" text={announcement.text} />
          </div>
          <button
            type="button"
            class="announcement-close"
            data-testid="announcement-close"
            aria-label={t('announcement.close')}
            onClick={() => {
              client.dismissAnnouncement(announcement);
              document.querySelector<HTMLElement>('main h1')?.focus();
            }}
          >
            <CloseIcon />
          </button>
        </div>
      ))}
    </section>
  );
}

export const announcements: UiFeature = {
  Banner: Announcements,
  alert: (before, after) => {
    const added = after.announcements.filter((one) => !before.announcements.includes(one));
    return added.map(({ text }) => t('announcement.say', { text }));
  },
};
