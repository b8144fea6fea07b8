import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeServer } from '../../testing/fake-server.ts';
import { NodeUpload } from '../../testing/node-upload.ts';
import { downloadFile, uploadFile } from './file-transfer.ts';

let server: FakeServer;
let abort: AbortController;
const request = () => ({
  baseUrl: server.url,
  sessionId: 'sess_1',
  token: 'abc',
  signal: abort.signal,
});
const scan = new File([new Uint8Array(300_000).fill(7)], 'Röntgen 1.png', { type: 'image/png' });

beforeEach(async () => {
  vi.stubGlobal('XMLHttpRequest', NodeUpload);
  server = await FakeServer.start();
  abort = new AbortController();
});
afterEach(async () => {
  vi.unstubAllGlobals();
  await server.close();
});

describe('uploadFile()', () => {
  it('sends name, type and bytes, reports progress, and downloadFile() returns the same', async () => {
    const progress: number[] = [];
    const file = await uploadFile(request(), scan, (done) => progress.push(done));
    expect(file).toMatchObject({ name: 'Röntgen 1.png', contentType: 'image/png', bytes: 300_000 });
    expect(progress.length).toBeGreaterThan(2);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(progress.at(-1)).toBe(1);
    const blob = await downloadFile(request(), file.fileId);
    expect(blob.type).toBe('image/png');
    expect(new Uint8Array(await blob.arrayBuffer())).toEqual(new Uint8Array(await scan.arrayBuffer()));
  });

  it('sends application/octet-stream for a file without a type', async () => {
    const file = await uploadFile(request(), new File(['x'], 'notes'), () => undefined);
    expect(file.contentType).toBe('application/octet-stream');
  });

  it('throws the server’s code when refused', async () => {
    server.files.problem = { status: 413, code: 'file_too_large' };
    await expect(uploadFile(request(), scan, () => undefined)).rejects.toMatchObject({
      code: 'file_too_large',
    });
  });

  it('throws unreachable when interrupted', async () => {
    server.files.breaks = 1;
    await expect(uploadFile(request(), scan, () => undefined)).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('throws closed when aborted, also before the start', async () => {
    server.files.gate = new Promise(() => undefined);
    const running = uploadFile(request(), scan, () => undefined);
    await vi.waitFor(() => expect(server.files.uploads).toBe(1));
    abort.abort();
    await expect(running).rejects.toMatchObject({ code: 'closed' });
    await expect(uploadFile(request(), scan, () => undefined)).rejects.toMatchObject({ code: 'closed' });
    expect(server.files.uploads).toBe(1);
  });
});

describe('downloadFile()', () => {
  it('throws file_not_found for an unknown file', async () => {
    await expect(downloadFile(request(), 'gone')).rejects.toMatchObject({ code: 'file_not_found' });
  });

  it('throws unreachable without a server', async () => {
    const nowhere = request();
    await server.close();
    await expect(downloadFile(nowhere, 'file-1')).rejects.toMatchObject({ code: 'unreachable' });
  });
});
