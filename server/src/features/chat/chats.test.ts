import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_OPTIONS, type SessionOptions } from '@televisit/shared/session';
import { MAX_FILE_BYTES } from '@televisit/shared/vocabulary';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SqliteStore } from '../../store/sqlite/sqlite-store.ts';
import type { ChatStore } from './chat-store.ts';
import { CHAT_LIMITS, Chats, MAX_FILES, MAX_UNSENT_FILES } from './chats.ts';
import { randomIds } from '../../domain/ids.ts';
import type { Sessions } from '../../domain/sessions.ts';
import type { Clock } from '../../core/clock.ts';
import { BACKEND, created, DOCTOR, NINE, PATIENT, seat, sessionsOn } from '../../domain/testing/sessions.ts';
import { ManualClock } from '../../core/testing/manual-clock.ts';
import { sqliteChat } from './store.sqlite.ts';

const ID = 'sess_00000001';
const FILE = { name: 'scan.png', contentType: 'image/png', bytes: new Uint8Array([1, 2, 3]) };

/** Returns chats on a store. Background errors are thrown. */
function chatsOn(store: ChatStore, sessions: Sessions, clock: Clock): Chats {
  const onError = (error: unknown) => {
    throw error;
  };
  const chats = new Chats({ store, sessions, clock, ids: randomIds, onError });
  sessions.onChange((changed) => chats.sessionChanged(changed));
  return chats;
}

/** Sets up the chat of a visit with a doctor and a patient on a real store. */
async function talking(options: Partial<SessionOptions> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'televisit-'));
  const store = SqliteStore.open(folder, { chat: sqliteChat });
  const clock = new ManualClock();
  const sessions = sessionsOn(store, clock);
  const chats = chatsOn(store.features.chat, sessions, clock);
  onTestFinished(async () => {
    await chats.close();
    await store.close();
    rmSync(folder, { recursive: true });
  });
  const seats = [
    seat('doctor-1', 'doctor', { displayName: 'Dr. Jones' }),
    seat('patient-1', 'patient'),
    seat('interpreter-1', 'interpreter'),
  ];
  await store.insert(created({ options: { ...DEFAULT_OPTIONS, ...options }, seats }));
  await sessions.enter(ID, 'doctor-1');
  await sessions.enter(ID, 'patient-1');
  const text = (clientId: string, said = `words ${clientId}`) =>
    chats.send(ID, 'patient-1', { clientId, text: said });
  return { store, sessions, chats, clock, text };
}

describe('Chats.send', () => {
  it('stores messages in order and counts them', async () => {
    const { chats, sessions, text } = await talking();
    expect(await text('a')).toEqual({
      seq: 1,
      clientId: 'a',
      userId: 'patient-1',
      displayName: null,
      role: 'patient',
      text: 'words a',
      file: null,
      at: '2026-01-05T09:00:00.000Z',
    });
    const answer = await chats.send(ID, 'doctor-1', { clientId: 'a', text: 'Hello.' });
    expect(answer).toMatchObject({ seq: 2, displayName: 'Dr. Jones', role: 'doctor' });
    expect((await chats.messages(ID)).map((message) => message.text)).toEqual(['words a', 'Hello.']);
    expect(await sessions.get(ID)).toMatchObject({ messages: 2 });
  });

  it('returns the first message when the same clientId is sent again', async () => {
    const { chats, sessions, text } = await talking();
    const first = await text('a', 'first');
    await text('b');
    expect(await text('a', 'again')).toEqual(first);
    expect(await chats.messages(ID)).toHaveLength(2);
    expect(await sessions.get(ID)).toMatchObject({ messages: 2 });
  });

  it('numbers concurrent and repeated messages without gaps or duplicates', async () => {
    const { chats, text } = await talking();
    const ids = Array.from({ length: 60 }, (_, index) => String(index % 40));
    const said = await Promise.all(ids.map((clientId) => text(clientId)));
    const stored = await chats.messages(ID);
    expect(stored.map(({ seq }) => seq)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
    expect(new Set(said.map(({ seq }) => seq)).size).toBe(40);
  });

  it('leaves no text in the history', async () => {
    const { store, text } = await talking();
    await text('a', 'A secret.');
    expect(JSON.stringify([await store.history(ID), await store.get(ID)])).not.toContain('secret');
    expect((await store.history(ID)).map(({ type }) => type)).not.toContain('chat.file_shared');
  });

  it('attaches a file uploaded by the sender and records it in the history', async () => {
    const { chats, store } = await talking();
    const file = await chats.addFile(ID, 'patient-1', FILE);
    const message = await chats.send(ID, 'patient-1', { clientId: 'a', fileId: file.fileId });
    expect(message).toMatchObject({ text: null, file });
    await chats.send(ID, 'patient-1', { clientId: 'a', fileId: file.fileId });
    const facts = (await store.history(ID)).filter(({ type }) => type === 'chat.file_shared');
    expect(facts).toMatchObject([{ seat: PATIENT, bytes: 3, contentType: 'image/png' }]);
    expect(JSON.stringify(facts)).not.toContain('scan');
  });

  it.each(['doctor-1', 'patient-1'])(
    'refuses a file that %s did not upload or that does not exist',
    async (userId) => {
      const { chats } = await talking();
      const { fileId } = await chats.addFile(ID, 'doctor-1', FILE);
      const given = userId === 'doctor-1' ? 'nothing' : fileId;
      await expect(chats.send(ID, userId, { clientId: 'a', fileId: given })).rejects.toMatchObject({
        code: 'file_not_found',
      });
    },
  );

  it('is refused when chat is off, the visit is over, or the sender is not present', async () => {
    const off = await talking({ chat: false });
    await expect(off.text('a')).rejects.toMatchObject({ code: 'chat_off' });
    const { sessions, chats, text } = await talking();
    await expect(chats.send(ID, 'stranger', { clientId: 'a', text: 'x' })).rejects.toMatchObject({
      code: 'removed',
    });
    await sessions.remove(ID, 'patient-1', BACKEND);
    await expect(text('a')).rejects.toMatchObject({ code: 'removed' });
    await sessions.end(ID, 'host_ended', BACKEND);
    await expect(chats.send(ID, 'doctor-1', { clientId: 'a', text: 'x' })).rejects.toMatchObject({
      code: 'session_over',
    });
  });

  it('is refused when the chat is full, except for repeated messages', async () => {
    const { store, chats, text } = await talking();
    await Promise.all(
      Array.from({ length: CHAT_LIMITS.messages }, (_, index) => {
        const message = { seat: DOCTOR, clientId: String(index), text: 'x', fileId: null, at: NINE };
        return store.features.chat.append(ID, message, CHAT_LIMITS);
      }),
    );
    await expect(text('one more')).rejects.toMatchObject({ code: 'chat_full' });
    expect(await chats.send(ID, 'doctor-1', { clientId: '7', text: 'x' })).toMatchObject({ seq: 8 });
  });
});

describe('addFile', () => {
  it('stores the content unchanged under a safe name', async () => {
    const { chats } = await talking();
    const bytes = crypto.getRandomValues(new Uint8Array(60_000));
    const given = { name: '../a/b.png', contentType: 'IMAGE/PNG; x=1', bytes };
    const file = await chats.addFile(ID, 'patient-1', given);
    expect(file).toEqual({
      fileId: expect.any(String) as string,
      name: 'b.png',
      contentType: 'image/png',
      bytes: 60_000,
    });
    expect(await chats.file(ID, file.fileId)).toEqual({ ...file, content: bytes });
  });

  it('accepts 10 MiB, and refuses larger and empty files', async () => {
    const { chats } = await talking();
    const sized = (bytes: number) =>
      chats.addFile(ID, 'patient-1', { ...FILE, bytes: new Uint8Array(bytes) });
    expect(await sized(MAX_FILE_BYTES)).toMatchObject({ bytes: MAX_FILE_BYTES });
    await expect(sized(MAX_FILE_BYTES + 1)).rejects.toMatchObject({ code: 'file_too_large' });
    await expect(sized(0)).rejects.toMatchObject({ code: 'validation_failed' });
  });

  it('accepts 50 files per visit', async () => {
    const { chats } = await talking();
    for (let index = 0; index < MAX_FILES; index++) {
      const { fileId } = await chats.addFile(ID, 'patient-1', FILE);
      await chats.send(ID, 'patient-1', { clientId: fileId, fileId });
    }
    await expect(chats.addFile(ID, 'doctor-1', FILE)).rejects.toMatchObject({ code: 'chat_full' });
  });

  it('keeps the 3 newest files of a participant that no message refers to', async () => {
    const { chats, store } = await talking();
    const said = await chats.addFile(ID, 'patient-1', FILE);
    await chats.send(ID, 'patient-1', { clientId: 'a', fileId: said.fileId });
    const unsaid = [];
    for (let index = 0; index <= MAX_UNSENT_FILES; index++) {
      unsaid.push(await chats.addFile(ID, 'patient-1', FILE));
    }
    const left = (await store.features.chat.files(ID)).map(({ fileId }) => fileId);
    expect(left).toEqual([said, ...unsaid.slice(1)].map(({ fileId }) => fileId));
  });

  it('is refused when the user is not in the visit', async () => {
    const { chats, sessions } = await talking();
    await expect(chats.addFile(ID, 'interpreter-1', FILE)).rejects.toMatchObject({ code: 'not_joined' });
    await sessions.leave(await sessions.get(ID), 'patient-1', { at: NINE, reason: 'left' });
    await expect(chats.addFile(ID, 'patient-1', FILE)).rejects.toMatchObject({ code: 'not_joined' });
  });
});

describe('the end of a visit', () => {
  const left = async (store: SqliteStore<{ chat: ChatStore }>) => [
    ...(await store.features.chat.messages(ID)),
    ...(await store.features.chat.files(ID)),
  ];

  it('deletes messages and files immediately', async () => {
    const { chats, store, sessions, text } = await talking();
    await text('a');
    const { fileId } = await chats.addFile(ID, 'patient-1', FILE);
    await sessions.end(ID, 'host_ended', BACKEND);
    await expect.poll(() => left(store)).toEqual([]);
    await expect(chats.file(ID, fileId)).rejects.toMatchObject({ code: 'file_not_found' });
    expect(await sessions.get(ID)).toMatchObject({ messages: 1 });
  });

  it('deletes a file that was never sent', async () => {
    const { chats, store, sessions } = await talking();
    await chats.addFile(ID, 'patient-1', FILE);
    await sessions.cancel(ID, BACKEND);
    await expect.poll(() => left(store)).toEqual([]);
  });

  it('keeps messages and files when keepChat is set', async () => {
    const { chats, store, sessions, text } = await talking({ keepChat: true });
    await text('a');
    const file = await chats.addFile(ID, 'patient-1', FILE);
    await chats.send(ID, 'patient-1', { clientId: 'b', fileId: file.fileId });
    await sessions.end(ID, 'host_ended', BACKEND);
    await expect.poll(() => store.features.chat.unsettled()).toEqual([]);
    expect(await chats.messages(ID)).toMatchObject([{ text: 'words a' }, { file }]);
    expect(await chats.file(ID, file.fileId)).toMatchObject({ bytes: 3 });
  });

  it('is completed by the next process after a crash', async () => {
    const { store, clock, text } = await talking();
    await text('a');
    // This process ends the visit and dies: nothing listens to its changes.
    await sessionsOn(store, clock).end(ID, 'host_ended', BACKEND);
    expect(await left(store)).toHaveLength(1);
    const next = sessionsOn(store, clock);
    await chatsOn(store.features.chat, next, clock).settle();
    expect(await left(store)).toEqual([]);
  });

  it('leaves live visits alone and deletes chat without a session', async () => {
    const { chats, store, text } = await talking();
    await text('a');
    const stray = { seat: 0, clientId: 'a', text: 'x', fileId: null, at: NINE };
    await store.features.chat.append('sess_gone', stray, CHAT_LIMITS);
    await chats.settle();
    expect(await left(store)).toHaveLength(1);
    expect(await store.features.chat.messages('sess_gone')).toEqual([]);
  });

  it.each([
    ['was ended', 'session_over'],
    ['was losing its patient', 'removed'],
  ])('deletes a message written while the visit %s', async (what, code) => {
    const { store, sessions, clock } = await talking();
    const rival = async () => {
      if (what === 'was ended') await sessions.end(ID, 'host_ended', BACKEND);
      else await sessions.erase(ID, 'patient-1', 'erased-1', BACKEND);
    };
    const slow = new Proxy<ChatStore>(store.features.chat, {
      get:
        (target, name) =>
        async (...given: unknown[]) => {
          const method = Reflect.get(target, name) as (...given: unknown[]) => Promise<unknown>;
          if (name === 'append' || name === 'addFile') await rival();
          return method.apply(target, given);
        },
    });
    const others = sessionsOn(store, clock);
    const onError = (error: unknown) => {
      throw error;
    };
    const chats = new Chats({ store: slow, sessions: others, clock, ids: randomIds, onError });
    others.onChange((changed) => chats.sessionChanged(changed));
    await expect(chats.send(ID, 'patient-1', { clientId: 'a', text: 'Too late.' })).rejects.toMatchObject({
      code,
    });
    expect(JSON.stringify(await left(store))).not.toContain('Too late.');
  });
});
