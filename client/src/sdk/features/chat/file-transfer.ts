import type { ChatFile } from '@televisit/shared/signaling';
import { VisitError } from '../../core/errors.ts';
import {
  refusal,
  secondsOf,
  unanswered,
  visitUrl,
  type VisitRequest,
} from '../../signaling/visit-request.ts';

/** Time without progress after which an upload counts as lost, in milliseconds. */
const STALLED_MS = 30_000;

/**
 * Uploads a file of the chat.
 * @param onProgress called with the share that has arrived, 0 to 1
 * @throws {VisitError} the code of the problem (RFC 9457), `unreachable`, or `closed` if aborted
 */
export function uploadFile(
  request: VisitRequest,
  file: File,
  onProgress: (progress: number) => void,
): Promise<ChatFile> {
  const { token, signal } = request;
  return new Promise((resolve, reject) => {
    // fetch() does not report the progress of an upload.
    const transfer = new XMLHttpRequest();
    const abort = () => transfer.abort();
    const fail = (cause?: unknown) => reject(unanswered(signal, cause));
    let stalled: ReturnType<typeof setTimeout> | undefined;
    const moved = () => {
      clearTimeout(stalled);
      stalled = setTimeout(abort, STALLED_MS);
    };
    transfer.upload.onprogress = ({ lengthComputable, loaded, total }) => {
      moved();
      if (lengthComputable && total > 0) onProgress(loaded / total);
    };
    transfer.onerror = transfer.onabort = fail;
    transfer.onload = () => {
      const body = parsed(transfer.responseText);
      if (transfer.status === 201 || transfer.status === 200) resolve(body as ChatFile);
      else reject(refusal(transfer.status, body, 0, secondsOf(transfer.getResponseHeader('Retry-After'))));
    };
    transfer.onloadend = () => {
      clearTimeout(stalled);
      signal.removeEventListener('abort', abort);
    };
    transfer.open('POST', visitUrl(request, '/files'));
    transfer.setRequestHeader('Authorization', `Bearer ${token}`);
    transfer.setRequestHeader('Accept', 'application/json, application/problem+json');
    transfer.setRequestHeader('Content-Type', file.type || 'application/octet-stream');
    // Headers carry ASCII only (RFC 9110, 5.5).
    transfer.setRequestHeader('X-File-Name', encodeURIComponent(file.name));
    signal.addEventListener('abort', abort);
    if (signal.aborted) {
      fail();
      return;
    }
    moved();
    transfer.send(file);
  });
}

/** Downloads a file of the chat. @throws {VisitError} `file_not_found` if it no longer exists */
export async function downloadFile(request: VisitRequest, fileId: string): Promise<Blob> {
  const { token, signal } = request;
  try {
    const response = await (request.fetch ?? fetch)(
      visitUrl(request, `/files/${encodeURIComponent(fileId)}`),
      {
        headers: { Authorization: `Bearer ${token}` },
        cache: 'no-store',
        signal,
      },
    );
    if (response.ok) return await response.blob();
    throw refusal(response.status, parsed(await response.text()));
  } catch (error) {
    throw error instanceof VisitError ? error : unanswered(signal, error);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
