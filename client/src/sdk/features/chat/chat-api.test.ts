import { MAX_FILE_BYTES } from '@televisit/shared/vocabulary';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SessionStorageValue } from '../../core/session-storage-value.ts';
import { Store } from '../../core/store.ts';
import { CurrentSignaling } from '../../signaling/current-signaling.ts';
import { SignalingClient } from '../../signaling/signaling-client.ts';
import { admitted, INITIAL_STATE, loaded, type VisitStore } from '../../state/visit-state.ts';
import { FakeServer } from '../../testing/fake-server.ts';
import { chatMessage, joinResult, visitBootstrap } from '../../testing/fakes.ts';
import { NodeUpload } from '../../testing/node-upload.ts';
import { ChatApi } from './chat-api.ts';
import { caughtUp } from './chat-state.ts';

let server: FakeServer;
let signaling: SignalingClient;
let store: VisitStore;
let chat: ChatApi;

const state = () => store.state.chat;
const texts = () => state().messages.map(({ text }) => text);
const refuse = (code: 'chat_full' | 'not_joined') => {
  const send = server.answers['chat:send'];
  server.answers['chat:send'] = () => ({ ok: false, error: { code, message: 'no' } });
  return () => void (server.answers['chat:send'] = send);
};

/** Enters the call with the chat so far, as after the server's answer to a join. */
const enter = () => {
  const result = joinResult({ chat: [...server.chat] });
  store.update((now) => ({
    ...admitted(now, { kind: 'joined', result, isPending: false }),
    chat: caughtUp(now.chat, result.chat, { self: 'me', ...chat.reading }),
  }));
  chat.entered();
};
const connected = async () => {
  const connection = new Promise((resolve) => signaling.on('connected', () => resolve(null)));
  signaling.connect();
  await connection;
};

/** Waits for `expectation`, while the fake time goes by. */
const eventually = (expectation: () => void) =>
  vi.waitFor(async () => {
    await vi.advanceTimersByTimeAsync(3_000);
    expectation();
  });

beforeEach(async () => {
  vi.stubGlobal('XMLHttpRequest', NodeUpload);
  server = await FakeServer.start();
  store = new Store(loaded(INITIAL_STATE, visitBootstrap(), 0));
  const current = new CurrentSignaling();
  const request = () => ({ baseUrl: server.url, sessionId: 'sess_1', token: 'abc' });
  chat = new ChatApi({
    store,
    signaling: current,
    request,
    kept: new SessionStorageValue('chat-read', 'sess_1', null),
  });
  signaling = new SignalingClient({
    url: server.url,
    sessionId: 'sess_1',
    token: () => 'abc',
    requestTimeout: 300,
  });
  signaling.on('chat:message', (message) => chat.received(message));
  signaling.on('reconnecting', () => chat.interrupted());
  current.use(signaling);
});
afterEach(async () => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  chat.stop();
  signaling.close();
  await server.close();
});

describe('ChatApi.send()', () => {
  it('shows the message as pending at once, and as sent when the server has it', async () => {
    await connected();
    enter();
    chat.send('Good morning');
    expect(state().pending).toMatchObject([{ text: 'Good morning', fileName: null, failed: null }]);
    await vi.waitFor(() => expect(texts()).toEqual(['Good morning']));
    expect(state().pending).toEqual([]);
  });

  it('sends several messages one after the other, in order', async () => {
    await connected();
    enter();
    for (const text of ['one', 'two', 'three']) chat.send(text);
    await vi.waitFor(() => expect(texts()).toEqual(['one', 'two', 'three']));
  });

  it('sends nothing for an empty text', () => {
    chat.send('');
    expect(state().pending).toEqual([]);
  });

  it('waits for the next join without a connection', async () => {
    chat.send('one');
    chat.send('two');
    await connected();
    expect(server.messages('chat:send')).toEqual([]);
    enter();
    await vi.waitFor(() => expect(texts()).toEqual(['one', 'two']));
  });

  it('repeats a message without an answer under the same id, before later ones, and shows it once', async () => {
    await connected();
    enter();
    const answer = server.answers['chat:send'];
    server.answers['chat:send'] = (payload) => {
      server.answers['chat:send'] = answer;
      answer(payload);
      // The message is stored, and the connection drops before the answer.
      server.cut();
      return null;
    };
    const tell = vi.spyOn(server, 'tell').mockImplementationOnce(() => undefined);
    const again = new Promise((resolve) => signaling.on('connected', () => resolve(null)));
    chat.send('one');
    chat.send('two');
    await again;
    expect(tell).toHaveBeenCalled();
    enter();
    await vi.waitFor(() => expect(texts()).toEqual(['one', 'two']));
    const ids = server.messages('chat:send').map(({ clientId }) => clientId);
    expect(new Set(ids).size).toBe(2);
    expect(state()).toMatchObject({ pending: [] });
  });

  it('repeats a message that a live connection does not answer, after a delay', async () => {
    await connected();
    enter();
    const answer = server.answers['chat:send'];
    server.answers['chat:send'] = () => {
      server.answers['chat:send'] = answer;
      return null;
    };
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    chat.send('one');
    await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1));
    await vi.advanceTimersByTimeAsync(3_000);
    await server.until('chat:send', 2);
    vi.useRealTimers();
    await vi.waitFor(() => expect(texts()).toEqual(['one']));
  });

  it('marks a refused message with the code, delays no other, and allows a retry', async () => {
    await connected();
    enter();
    const accept = refuse('chat_full');
    chat.send('one');
    await vi.waitFor(() => expect(state().pending).toMatchObject([{ failed: 'chat_full' }]));
    accept();
    chat.send('two');
    await vi.waitFor(() => expect(texts()).toEqual(['two']));
    chat.retry(state().pending[0]?.clientId ?? '');
    expect(state().pending).toMatchObject([{ text: 'one', failed: null }]);
    await vi.waitFor(() => expect(texts()).toEqual(['two', 'one']));
  });

  it('allows refused messages to be discarded, and not pending ones', async () => {
    await connected();
    enter();
    refuse('chat_full');
    chat.send('one');
    const id = state().pending[0]?.clientId ?? '';
    chat.discard(id);
    expect(state().pending).toHaveLength(1);
    await vi.waitFor(() => expect(state().pending[0]?.failed).toBe('chat_full'));
    chat.discard(id);
    expect(state().pending).toEqual([]);
    chat.retry(id);
    expect(server.messages('chat:send')).toHaveLength(1);
  });
});

describe('ChatApi.sendFile()', () => {
  const scan = new File([new Uint8Array(200_000)], 'scan.png', { type: 'image/png' });

  it('uploads the file, reports progress, sends the message, and open() returns the bytes', async () => {
    await connected();
    enter();
    const progress = new Set<number>();
    store.subscribe(() => progress.add(state().pending[0]?.progress ?? 0));
    chat.sendFile(scan);
    expect(state().pending).toMatchObject([{ text: null, fileName: 'scan.png', progress: 0 }]);
    await vi.waitFor(() => expect(state().messages[0]?.file?.name).toBe('scan.png'));
    expect(progress.size).toBeGreaterThan(2);
    expect(state().pending).toEqual([]);
    const blob = await chat.open(state().messages[0]?.file?.fileId ?? '');
    expect(blob.size).toBe(200_000);
  });

  it('delays no text during an upload', async () => {
    let open: () => void = () => undefined;
    server.files.gate = new Promise((resolve) => (open = resolve));
    await connected();
    enter();
    chat.sendFile(scan);
    chat.send('Here it comes');
    await vi.waitFor(() => expect(texts()).toEqual(['Here it comes']));
    open();
    await vi.waitFor(() => expect(state().messages).toHaveLength(2));
  });

  it('fails before the upload when the file is too large', async () => {
    await connected();
    enter();
    chat.sendFile(new File([new Uint8Array(MAX_FILE_BYTES + 1)], 'film.mp4'));
    expect(state().pending).toMatchObject([{ failed: 'file_too_large' }]);
    expect(server.files.uploads).toBe(0);
  });

  it('marks a file that the server refuses with the code, and allows a retry', async () => {
    await connected();
    enter();
    server.files.problem = { status: 409, code: 'chat_full' };
    chat.sendFile(scan);
    await vi.waitFor(() => expect(state().pending).toMatchObject([{ failed: 'chat_full' }]));
    server.files.problem = null;
    chat.retry(state().pending[0]?.clientId ?? '');
    await vi.waitFor(() => expect(state().messages).toHaveLength(1));
  });

  it('repeats an interrupted upload after a delay, and fails after the third attempt', async () => {
    await connected();
    enter();
    server.files.breaks = 3;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    chat.sendFile(scan);
    await eventually(() => expect(state().pending).toMatchObject([{ failed: 'unreachable' }]));
    expect(server.files.uploads).toBe(3);
  });

  it('sends several files one after the other, in the order in which they were chosen', async () => {
    await connected();
    enter();
    const names = ['1.jpg', '2.jpg', '3.jpg', '4.jpg', '5.jpg', '6.jpg'];
    for (const name of names) chat.sendFile(new File([new Uint8Array(80_000)], name, { type: 'image/jpeg' }));
    await vi.waitFor(() => expect(state().messages.map(({ file }) => file?.name)).toEqual(names));
    expect(state().pending).toEqual([]);
    expect(server.files).toMatchObject({ uploads: 6, most: 1 });
  });

  it('waits as long as the server asks when it refuses for now, and keeps the order', async () => {
    await connected();
    enter();
    server.files.limit = 0;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    for (const name of ['1.jpg', '2.jpg']) chat.sendFile(new File(['x'], name));
    for (const uploads of [1, 2, 3, 4]) {
      await vi.waitFor(() => expect(server.files.uploads).toBe(uploads));
      await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1));
      await vi.advanceTimersByTimeAsync(15_000);
      expect(server.files.uploads).toBe(uploads);
      await vi.advanceTimersByTimeAsync(5_000);
    }
    server.files.limit = 2;
    await eventually(() =>
      expect(state().messages.map(({ file }) => file?.name)).toEqual(['1.jpg', '2.jpg']),
    );
    expect(state().pending).toEqual([]);
  });

  it('starts an upload again that stalls', async () => {
    await connected();
    enter();
    let open: () => void = () => undefined;
    server.files.gate = new Promise((resolve) => (open = resolve));
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    chat.sendFile(scan);
    await vi.waitFor(() => expect(server.files.uploads).toBe(1));
    await eventually(() => expect(server.files.uploads).toBe(2));
    open();
    await vi.waitFor(() => expect(state().messages).toHaveLength(1));
  });

  it('drops the upload when the call is over', async () => {
    server.files.gate = new Promise(() => undefined);
    await connected();
    enter();
    chat.sendFile(scan);
    await vi.waitFor(() => expect(server.files.uploads).toBe(1));
    chat.stop();
    enter();
    expect(server.messages('chat:send')).toEqual([]);
  });
});

describe('ChatApi.setVisible()', () => {
  it('counts messages from others while the chat is hidden', async () => {
    await connected();
    enter();
    server.tell('chat:message', chatMessage(1, 'doc1'));
    server.tell('chat:message', chatMessage(2, 'doc1'));
    await vi.waitFor(() => expect(state().unread).toBe(2));
    chat.setVisible(true);
    expect(state().unread).toBe(0);
    server.tell('chat:message', chatMessage(3, 'doc1'));
    await vi.waitFor(() => expect(state().messages).toHaveLength(3));
    expect(state().unread).toBe(0);
    chat.setVisible(false);
    server.tell('chat:message', chatMessage(4, 'doc1'));
    await vi.waitFor(() => expect(state().unread).toBe(1));
  });
});
