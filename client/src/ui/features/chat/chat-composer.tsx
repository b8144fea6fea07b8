import { MAX_CHAT_TEXT } from '@televisit/shared/vocabulary';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { AttachIcon, SendIcon } from '../../components/call-icons.tsx';
import { useCall } from '../../hooks/call.ts';
import { t } from './texts.ts';

/** Unsent text, kept while the panel is closed. */
const drafts = new WeakMap<object, string>();

/** The code of a key that an input method takes. Safari sends it after `compositionend`. */
const TAKEN_KEY = 229;

// eslint-disable-next-line @typescript-eslint/no-deprecated -- There is no other sign of it.
const takenKey = ({ keyCode }: KeyboardEvent) => keyCode === TAKEN_KEY;

/** Whether a key press belongs to an input method, which composes text. */
const composes = (event: KeyboardEvent) => event.isComposing || takenKey(event);

export function ChatComposer({ onFiles }: { onFiles: (files: Iterable<File>) => void }) {
  const { client } = useCall();
  const [text, setText] = useState(drafts.get(client) ?? '');
  const field = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const write = (words: string) => {
    setText(words);
    drafts.set(client, words);
  };
  useLayoutEffect(() => {
    const area = field.current;
    if (!area) return;
    area.style.setProperty('block-size', 'auto');
    area.style.setProperty('block-size', `${area.scrollHeight + 2}px`);
  }, [text]);
  const send = () => {
    if (text.trim() === '') return;
    client.chat.send(text.trim());
    write('');
    field.current?.focus();
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <button
        type="button"
        class="icon-button"
        data-testid="chat-attach"
        aria-label={t('chat.attach')}
        title={t('chat.attach')}
        onClick={() => picker.current?.click()}
      >
        <AttachIcon />
      </button>
      <input
        ref={picker}
        type="file"
        class="visually-hidden"
        data-testid="chat-file"
        multiple
        tabIndex={-1}
        aria-hidden="true"
        onChange={({ currentTarget }) => {
          onFiles([...(currentTarget.files ?? [])]);
          currentTarget.value = '';
        }}
      />
      <textarea
        ref={field}
        class="text-field"
        data-testid="chat-input"
        data-first-focus
        rows={1}
        dir="auto"
        maxLength={MAX_CHAT_TEXT}
        enterkeyhint="send"
        aria-label={t('chat.write')}
        placeholder={t('chat.write')}
        value={text}
        onInput={({ currentTarget }) => write(currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.shiftKey || composes(event)) return;
          event.preventDefault();
          send();
        }}
        onPaste={(event) => {
          const files = [...(event.clipboardData?.files ?? [])];
          if (files.length === 0) return;
          event.preventDefault();
          onFiles(files);
        }}
      />
      <button
        type="submit"
        class="icon-button icon-button-primary"
        data-testid="chat-send"
        aria-label={t('chat.send')}
        title={t('chat.send')}
        aria-disabled={text.trim() === ''}
      >
        <SendIcon />
      </button>
    </form>
  );
}
