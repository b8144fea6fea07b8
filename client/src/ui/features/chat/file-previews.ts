import type { ChatFile } from '@televisit/shared/signaling';
import { isPicture } from './chat-lines.ts';

/** Larger pictures are shown only to those who open them, in bytes. */
export const MAX_PREVIEW_BYTES = 2 * 1024 * 1024;

interface Opener {
  readonly chat: { open(fileId: string): Promise<Blob> };
}

/** Whether a file is shown in the chat without being asked for. */
export function hasPreview({ contentType, bytes }: ChatFile): boolean {
  return isPicture(contentType) && bytes < MAX_PREVIEW_BYTES;
}

const previews = new WeakMap<Opener, Map<string, Promise<string>>>();

/** The address of a picture's bytes in this page's memory, fetched once; rejects as `open` does, and then tries again. */
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

/** Lets the pictures go when the call is over, those too that are still on their way. */
export function forgetPreviews(client: Opener): void {
  const known = previews.get(client);
  previews.delete(client);
  for (const made of known?.values() ?? [])
    made.then(
      (address) => URL.revokeObjectURL(address),
      () => undefined,
    );
}
