import type { ChatFile } from '@televisit/shared/signaling';
import { describe, expect, it } from 'vitest';
import { forgetPreviews, hasPreview, MAX_PREVIEW_BYTES, previewOf } from './file-previews.ts';

const file = (change: Partial<ChatFile> = {}): ChatFile => ({
  fileId: 'f1',
  name: 'knee.png',
  contentType: 'image/png',
  bytes: 10,
  ...change,
});

function opener() {
  const opened: string[] = [];
  const outcome = { fails: false };
  const open = (fileId: string) => {
    opened.push(fileId);
    return outcome.fails ? Promise.reject(new Error('offline')) : Promise.resolve(new Blob(['picture']));
  };
  return { client: { chat: { open } }, opened, outcome };
}

describe('hasPreview', () => {
  it('returns true only for images below the size limit', () => {
    expect(hasPreview(file({ bytes: MAX_PREVIEW_BYTES - 1 }))).toBe(true);
    expect(hasPreview(file({ bytes: MAX_PREVIEW_BYTES }))).toBe(false);
    expect(hasPreview(file({ contentType: 'application/pdf' }))).toBe(false);
  });
});

describe('previewOf', () => {
  it('fetches a file once per client', async () => {
    const one = opener();
    const other = opener();
    const address = await previewOf(one.client, file());
    expect(await previewOf(one.client, file())).toBe(address);
    expect(await (await fetch(address)).text()).toBe('picture');
    expect(await previewOf(other.client, file())).not.toBe(address);
    expect(one.opened).toEqual(['f1']);
    forgetPreviews(one.client);
    forgetPreviews(other.client);
  });

  it('fetches again after a failure', async () => {
    const { client, opened, outcome } = opener();
    outcome.fails = true;
    await expect(previewOf(client, file())).rejects.toThrow('offline');
    outcome.fails = false;
    await previewOf(client, file());
    expect(opened).toEqual(['f1', 'f1']);
    forgetPreviews(client);
  });

  it('revokes all previews of the client', async () => {
    const { client, opened } = opener();
    const address = await previewOf(client, file());
    forgetPreviews(client);
    await expect
      .poll(() =>
        fetch(address).then(
          () => 'there',
          () => 'gone',
        ),
      )
      .toBe('gone');
    await previewOf(client, file());
    expect(opened).toHaveLength(2);
    forgetPreviews(client);
  });
});
