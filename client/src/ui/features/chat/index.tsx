import { useEffect } from 'preact/hooks';
import type { VisitState } from '../../../sdk/index.ts';
import type { CallAction } from '../../actions/call-action.ts';
import { ChatIcon } from '../../components/call-icons.tsx';
import { nameOf } from '../../format/names.ts';
import { useCall } from '../../hooks/call.ts';
import { Lazy } from '../../hooks/lazy.ts';
import type { CallPanel } from '../../panels/call-panel.ts';
import type { UiFeature } from '../feature.ts';
import { forgetPreviews } from './file-previews.ts';
import { t } from './texts.ts';

const openChat: CallAction = {
  id: 'chat',
  placement: { order: 60, toolbar: { rank: 1 } },
  testId: 'chat-toggle',
  shortcut: { key: 'c', label: () => t('shortcuts.chat') },
  label: ({ state: { chat: log } }) =>
    log.unread > 0 ? t('chat.openUnread', { count: log.unread }) : t('chat.title'),
  caption: () => t('chat.title'),
  icon: () => <ChatIcon />,
  look: ({ state }) => ({ badge: state.chat.unread }),
  run: ({ togglePanel }) => togglePanel('chat'),
};

const panel: CallPanel = {
  id: 'chat',
  title: () => t('chat.title'),
  opener: 'chat',
  component: new Lazy(async () => (await import('./chat-panel.tsx')).ChatPanel),
};

/** Releases the previews of files when the call ends. They outlive the panel, so that it opens quickly again. */
function PreviewCleanup() {
  const { client } = useCall();
  useEffect(() => () => forgetPreviews(client), [client]);
  return null;
}

const MAX_SPOKEN_CHARACTERS = 200;

function announce(before: VisitState, after: VisitState): string[] {
  const last = before.chat.messages.at(-1)?.seq ?? 0;
  return after.chat.messages
    .filter(({ seq, userId }) => seq > last && userId !== after.self?.userId)
    .map((message) => {
      const name = nameOf(message);
      if (message.file) return t('say.file', { name, file: message.file.name });
      const text = message.text ?? '';
      const spoken = text.length > MAX_SPOKEN_CHARACTERS ? `${text.slice(0, MAX_SPOKEN_CHARACTERS)}…` : text;
      return t('say.message', { name, text: spoken });
    });
}

export const chat: UiFeature = {
  actions: [openChat],
  panels: [panel],
  Overlay: PreviewCleanup,
  announce,
};
