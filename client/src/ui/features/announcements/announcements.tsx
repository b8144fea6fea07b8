import { useEffect } from 'preact/hooks';
import { t } from '../../../locales/index.ts';
import type { VisitClient, VisitState } from '../../../sdk/index.ts';
import { CloseIcon } from '../../components/call-icons.tsx';
import { MessageIcon } from '../../components/icons.tsx';
import { LinkedText } from '../../components/linked-text.tsx';
import { playMelody } from '../../sound/melody-player.ts';

interface Props {
  client: VisitClient;
  state: Pick<VisitState, 'announcements' | 'phase' | 'choice'>;
}

/** What the clinic tells everybody in the visit; each line stays until the person closes it. */
export function Announcements({ client, state: { announcements } }: Props) {
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

/** In the waiting room people look away from the page: a new line makes a soft sound there. */
export function useAnnouncementSound({ announcements, phase, choice }: Props['state']): void {
  const newest = announcements.at(-1)?.at;
  useEffect(() => {
    if (newest !== undefined && phase === 'waiting')
      void playMelody('message', choice.speaker).catch(() => undefined);
  }, [newest]);
}
