import type { ChatFile } from '@televisit/shared/signaling';
import { useEffect, useState } from 'preact/hooks';
import type { PendingMessage } from '../../../sdk/index.ts';
import { FileIcon } from '../../components/call-icons.tsx';
import { AlertIcon } from '../../components/icons.tsx';
import { LinkedText } from '../../components/linked-text.tsx';
import { clockTime, fileSize } from '../../format/formatters.ts';
import { nameOf } from '../../format/names.ts';
import { useCall } from '../../hooks/call.ts';
import type { Line } from './chat-lines.ts';
import { hasPreview, previewOf } from './file-previews.ts';
import { t } from './texts.ts';

/** A message. Nothing in its text is treated as markup. */
export function Message({ line: { message, own, head, fresh } }: { line: Line }) {
  return (
    <>
      {fresh && (
        <li class="chat-fresh">
          <span>{t('chat.fresh')}</span>
        </li>
      )}
      <li
        class={`chat-line ${own ? 'chat-own' : ''} ${head ? 'chat-head' : ''}`}
        data-testid="chat-message"
        data-seq={message.seq}
      >
        {head && (
          <p class="chat-who">
            <bdi>{own ? t('person.you') : nameOf(message)}</bdi>{' '}
            <time dateTime={message.at}>{clockTime(message.at)}</time>
          </p>
        )}
        <div class="bubble">
          {message.text !== null && <LinkedText class="chat-text" text={message.text} />}
          {message.file && <SharedFile file={message.file} />}
        </div>
      </li>
    </>
  );
}

function SharedFile({ file }: { file: ChatFile }) {
  const { client, state, toasts } = useCall();
  const preview = usePreview(file, !state.saveData);
  const [busy, setBusy] = useState(false);
  const download = async () => {
    setBusy(true);
    try {
      // With a neutral type, no content of the file can run in the page's origin.
      const bytes = new Blob([await client.chat.open(file.fileId)], { type: 'application/octet-stream' });
      saveAs(bytes, file.name);
    } catch {
      toasts.show({ id: 'file', text: t('chat.fileFailed'), tone: 'warning' });
    }
    setBusy(false);
  };
  return (
    <button
      type="button"
      class="chat-file"
      data-testid="chat-file-open"
      aria-busy={busy}
      aria-label={t('chat.download', { name: file.name, size: fileSize(file.bytes) })}
      onClick={() => void download()}
    >
      {preview !== null && <img class="chat-picture" src={preview} alt="" />}
      <span class="chat-file-line">
        {busy ? <span class="spinner" aria-hidden="true" /> : <FileIcon />}
        <bdi class="chat-file-name">{file.name}</bdi>
        <span class="chat-file-size">{fileSize(file.bytes)}</span>
      </span>
    </button>
  );
}

/** Returns the object URL of a preview, if `wanted`. */
function usePreview(file: ChatFile, wanted: boolean): string | null {
  const { client } = useCall();
  const [address, setAddress] = useState<string | null>(null);
  useEffect(() => {
    if (!wanted || !hasPreview(file)) return;
    let gone = false;
    const show = (made: string) => {
      if (!gone) setAddress(made);
    };
    // Without a preview the file can still be downloaded.
    previewOf(client, file).then(show, () => undefined);
    return () => {
      gone = true;
    };
  }, [client, file.fileId, wanted]);
  return address;
}

/** How long the browser may take to start a download, in milliseconds. */
const DOWNLOAD_MS = 60_000;

function saveAs(bytes: Blob, name: string): void {
  const address = URL.createObjectURL(bytes);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), DOWNLOAD_MS);
}

/** An own message that is being sent, or was rejected. */
export function Pending({ message, onRetry }: { message: PendingMessage; onRetry: () => void }) {
  const { client } = useCall();
  const { text, fileName, progress, failed } = message;
  return (
    <li
      class={`chat-line chat-own chat-pending ${failed === null ? '' : 'chat-failed'}`}
      data-testid="chat-pending"
    >
      <div class="bubble">
        {text !== null && (
          <p class="chat-text" dir="auto">
            {text}
          </p>
        )}
        {fileName !== null && (
          <span class="chat-file-line">
            <FileIcon />
            <bdi class="chat-file-name">{fileName}</bdi>
          </span>
        )}
        {fileName !== null && failed === null && (
          <progress max={1} value={progress} aria-label={t('chat.uploading', { name: fileName })} />
        )}
      </div>
      <p class="chat-status">
        {failed === null ? (
          t('chat.sending')
        ) : (
          <>
            <AlertIcon />
            {failed === 'chat_full'
              ? t('chat.full')
              : failed === 'file_too_large'
                ? t('chat.fileTooLarge')
                : t('chat.failed')}
            <button type="button" class="link-button" onClick={onRetry}>
              {t('chat.retry')}
            </button>
            <button type="button" class="link-button" onClick={() => client.chat.discard(message.clientId)}>
              {t('chat.discard')}
            </button>
          </>
        )}
      </p>
    </li>
  );
}
