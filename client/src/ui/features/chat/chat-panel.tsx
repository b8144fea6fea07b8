import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { MAX_FILE_BYTES } from '../../../sdk/index.ts';
import { AttachIcon } from '../../components/call-icons.tsx';
import { fileSize } from '../../format/formatters.ts';
import { useCall } from '../../hooks/call.ts';
import { usePageVisible } from '../../hooks/page.ts';
import { ChatComposer } from './chat-composer.tsx';
import { chatLines } from './chat-lines.ts';
import { Message, Pending } from './chat-message.tsx';
import { t } from './texts.ts';
import './chat.css';

/** Distance from the end within which the list follows new messages, in CSS pixels. */
const NEAR_END = 60;

/** The chat. Files can be dropped anywhere on it. */
export function ChatPanel() {
  const { client, publishes, toasts } = useCall();
  const visible = usePageVisible();
  const [dropping, setDropping] = useState(false);
  useEffect(() => {
    client.chat.setVisible(visible);
    return () => client.chat.setVisible(false);
  }, [client, visible]);
  const send = (files: Iterable<File>) => {
    for (const file of files) {
      if (file.size <= MAX_FILE_BYTES) client.chat.sendFile(file);
      else {
        const text = t('chat.tooLarge', { name: file.name, size: fileSize(MAX_FILE_BYTES) });
        toasts.show({ id: 'too-large', text, tone: 'warning' });
      }
    }
  };
  return (
    <div
      class="chat"
      onDragOver={(event) => {
        if (!publishes || !event.dataTransfer?.types.includes('Files')) return;
        event.preventDefault();
        setDropping(true);
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setDropping(false);
      }}
      onDrop={(event) => {
        event.preventDefault();
        setDropping(false);
        if (publishes) send(event.dataTransfer?.files ?? []);
      }}
    >
      <Messages />
      {publishes && <ChatComposer onFiles={send} />}
      {dropping && (
        <div class="drop-here">
          <AttachIcon />
          {t('chat.dropHere')}
        </div>
      )}
    </div>
  );
}

function Messages() {
  const { client, state } = useCall();
  const { messages, pending } = state.chat;
  const list = useRef<HTMLDivElement>(null);
  const self = state.self?.userId ?? null;
  const last = messages.at(-1)?.seq ?? 0;
  const [following, setFollowing] = useState(true);
  // Messages after this one are marked as new: unread when the panel opened, or received while scrolled up.
  const [readUpTo, setReadUpTo] = useState(() => messages.at(-1 - state.chat.unread)?.seq ?? 0);
  // A ref, because the last render may be older than the last scroll event.
  const follows = useRef(true);
  const toEnd = () => list.current?.scrollTo({ top: list.current.scrollHeight });
  const keepAtEnd = () => {
    if (follows.current) toEnd();
  };
  useLayoutEffect(() => {
    keepAtEnd();
  }, [last, pending.length, following]);
  // Previews grow when they are loaded, and the panel shrinks when a keyboard opens.
  useEffect(() => {
    const box = list.current;
    if (!box) return;
    const observer = new ResizeObserver(keepAtEnd);
    observer.observe(box);
    if (box.firstElementChild) observer.observe(box.firstElementChild);
    return () => observer.disconnect();
  }, []);
  const unseen = messages.filter(({ seq, userId }) => seq > readUpTo && userId !== self).length;
  return (
    <div class="chat-frame">
      <div
        ref={list}
        class="chat-list"
        tabIndex={0}
        role="region"
        aria-label={t('chat.messages')}
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
          const atEnd = scrollHeight - scrollTop - clientHeight < NEAR_END;
          if (following && !atEnd) setReadUpTo(last);
          follows.current = atEnd;
          setFollowing(atEnd);
        }}
      >
        <ol class="chat-lines">
          {messages.length + pending.length === 0 && <li class="chat-empty">{t('chat.empty')}</li>}
          {chatLines(messages, self, readUpTo).map((line) => (
            <Message key={line.message.seq} line={line} />
          ))}
          {pending.map((message) => (
            <Pending
              key={message.clientId}
              message={message}
              onRetry={() => client.chat.retry(message.clientId)}
            />
          ))}
        </ol>
      </div>
      {!following && unseen > 0 && (
        <button
          type="button"
          class="button button-small button-primary chat-jump"
          onClick={() => {
            follows.current = true;
            setFollowing(true);
            toEnd();
          }}
        >
          {t('chat.newBelow', { count: unseen })}
        </button>
      )}
    </div>
  );
}
