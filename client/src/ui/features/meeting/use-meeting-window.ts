import { useEffect, useRef, useState } from 'preact/hooks';
import type { MeetingEntry, ProviderMeeting, VisitClient } from '../../../sdk/index.ts';
import { statusOf } from './meeting-status.ts';
import { MeetingWindow } from './meeting-window.ts';
import { runsInPage } from './provider-call.ts';
import { t } from './texts.ts';

/** Opens a meeting, most of them in a window of their own. */
export function useMeetingWindow(client: VisitClient, meeting: ProviderMeeting) {
  const empty = useRef<MeetingWindow | null>(null);
  const asking = useRef(false);
  const [blocked, setBlocked] = useState(false);
  const { text } = statusOf(meeting, false);
  useEffect(() => {
    if (asking.current) empty.current?.say(text);
  }, [text]);
  // If the visit is over or has moved, nothing follows in the empty window.
  useEffect(() => () => empty.current?.close(), []);

  const entered = (entry: MeetingEntry) => {
    const target = empty.current;
    empty.current = null;
    if (entry.kind !== 'address') target?.close();
    else setBlocked(target?.go(entry.url) !== true);
  };
  const open = () => {
    // A camera can be used by one page or app at a time.
    client.releaseMedia();
    setBlocked(false);
    if (!runsInPage(meeting.provider) && !empty.current?.isOpen) {
      empty.current = MeetingWindow.open(t('meeting.opening'));
    }
    if (asking.current) return;
    asking.current = true;
    const refused = () => empty.current?.close();
    void client.meeting
      ?.open()
      .then(entered, refused)
      .finally(() => (asking.current = false));
  };
  return { open, blocked, unblock: () => setBlocked(false) };
}
