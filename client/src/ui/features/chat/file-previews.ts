import type { ChatFile } from '@televisit/shared/signaling';
import { isPicture } from './chat-lines.ts';

/** Images of this size or more have no preview, in bytes. */
export const MAX_PREVIEW_BYTES = 2 * 1024 * 1024;

interface Opener {
  readonly chat: { open(fileId: string): Promise<Blob> };
}

/** Whether the chat shows a preview of a file. */
export function hasPreview({ contentType, bytes }: ChatFile): boolean {
  return isPicture(contentType) && bytes < MAX_PREVIEW_BYTES;
}

const previews = new WeakMap<Opener, Map<string, Promise<string>>>();

/** Returns an object URL of an image, fetched once. Rejects if `open` fails; the next call then tries again. */
export function previewOf(client: Opener, { fileId, contentType }: ChatFile): Promise<string> {
  const known = previews.get(client) ?? new Map<string, Promise<string>>();
  previews.set(client, known);
  const found = known.get(fileId);
  if (found) return found;
  const made = client.chat
    .open(fileId)
    .then((bytes) => URL.createObjectURL(new Blob([bytes], { type: contentType })));
  known.set(fileId, made);
  made.catch(() => known.delete(fileId));
  return made;
}

/** Revokes all previews of a client, including those that are still being fetched. */
export function forgetPreviews(client: Opener): void {
  const known = previews.get(client);
  previews.delete(client);
  for (const made of known?.values() ?? [])
    made.then(
      (address) => URL.revokeObjectURL(address),
      () => undefined,
    );
}
