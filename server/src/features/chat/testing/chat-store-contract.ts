import { describe, expect, it, onTestFinished } from 'vitest';
import * as lifecycle from '../../../domain/lifecycle.ts';
import type { SessionChange, Store } from '../../../domain/session-store.ts';
import { BACKEND, created, NINE } from '../../../domain/testing/sessions.ts';
import type { ChatLimits, ChatStore, StoredFile, StoredMessage } from '../chat-store.ts';

/** A store on given data. Several may be open at the same time if `together` is true. */
export interface ChatStoreUnderTest {
  open(): Promise<Store<{ readonly chat: ChatStore }>>;
  readonly together: boolean;
}

const ID = 'sess_00000001';
const OTHER = 'sess_00000002';
const LIMIT = 1000;
const ROOM: ChatLimits = { messages: LIMIT, textBytes: 1_000_000 };

const said = (clientId: string, changes: Partial<StoredMessage> = {}) => ({
  seat: 0,
  clientId,
  text: `Ünï ☂ "${clientId}" \u200d😀`,
  fileId: null,
  at: NINE,
  ...changes,
});
const file = (fileId: string, changes: Partial<StoredFile> = {}): StoredFile => ({
  fileId,
  seat: 0,
  name: 'Röntgen $x.png',
  contentType: 'image/png',
  bytes: 4,
  at: NINE,
  ...changes,
});
const BYTES = new Uint8Array([0, 255, 36, 0]);

/** The contract of every chat store. `prepare` provides separate data for each test. */
export function chatStoreContract(name: string, prepare: () => ChatStoreUnderTest): void {
  async function opened() {
    const under = prepare();
    const store = await under.open();
    onTestFinished(() => store.close());
    return { chat: store.features.chat, store, under };
  }

  describe(`ChatStore on ${name}`, () => {
    it('append numbers messages from 1 per session and stores them unchanged', async () => {
      const { chat } = await opened();
      const messages = [said('a'), said('b', { text: null, fileId: 'f' }), said('c', { seat: 1 })];
      const answers = [];
      for (const message of messages) answers.push(await chat.append(ID, message, ROOM));
      expect(await chat.append(OTHER, said('a'), ROOM)).toMatchObject({ message: { seq: 1 }, fresh: true });
      const numbered = messages.map((message, index) => ({ seq: index + 1, ...message }));
      expect(answers).toEqual(numbered.map((message) => ({ message, fresh: true })));
      expect(await chat.messages(ID)).toEqual(numbered);
    });

    it('append returns the first message when the clientId is repeated', async () => {
      const { chat } = await opened();
      await chat.append(ID, said('a'), ROOM);
      const again = await chat.append(ID, said('a', { text: 'other', at: NINE + 1 }), ROOM);
      expect(again).toEqual({ message: { seq: 1, ...said('a') }, fresh: false });
      expect(await chat.append(ID, said('a', { seat: 1 }), ROOM)).toMatchObject({ fresh: true });
      expect(await chat.messages(ID)).toHaveLength(2);
    });

    it('append writes nothing beyond the limit, and still finds existing messages', async () => {
      const { chat } = await opened();
      await chat.append(ID, said('a'), { ...ROOM, messages: 2 });
      await chat.append(ID, said('b'), { ...ROOM, messages: 2 });
      expect(await chat.append(ID, said('c'), { ...ROOM, messages: 2 })).toBeNull();
      expect(await chat.append(ID, said('a'), { ...ROOM, messages: 2 })).toMatchObject({
        message: { seq: 1 },
        fresh: false,
      });
      expect(await chat.messages(ID)).toHaveLength(2);
    });

    it('append writes nothing beyond the limit of text in bytes', async () => {
      const { chat } = await opened();
      const limits = { messages: LIMIT, textBytes: 5 };
      expect(await chat.append(ID, said('a', { text: '€' }), limits)).toMatchObject({ fresh: true });
      expect(await chat.append(ID, said('b', { text: '€' }), limits)).toBeNull();
      expect(await chat.append(ID, said('c', { text: 'ab' }), limits)).toMatchObject({ message: { seq: 2 } });
    });

    it('append numbers concurrent and repeated messages on several stores uniquely', async () => {
      const { chat, under } = await opened();
      const chats = [chat];
      if (under.together) {
        const second = await under.open();
        onTestFinished(() => second.close());
        chats.push(second.features.chat);
      }
      const ids = Array.from({ length: 12 }, (_, index) => String(index));
      const answers = await Promise.all(
        [...ids, ...ids].map((id, index) => chats[index % chats.length]!.append(ID, said(id), ROOM)),
      );
      const stored = await chat.messages(ID);
      expect(stored.map(({ seq }) => seq)).toEqual(ids.map((_, index) => index + 1));
      expect(stored.map(({ clientId }) => clientId).sort()).toEqual([...ids].sort());
      expect(answers.filter((answer) => answer?.fresh)).toHaveLength(ids.length);
      for (const answer of answers) expect(stored).toContainEqual(answer?.message);
    });

    it('addFile stores content and metadata up to the limit', async () => {
      const { chat } = await opened();
      expect(await chat.addFile(ID, file('f'), BYTES, 2)).toBe(true);
      expect(await chat.addFile(ID, file('g', { at: NINE + 1 }), BYTES, 2)).toBe(true);
      expect(await chat.addFile(ID, file('h'), BYTES, 2)).toBe(false);
      expect(await chat.addFile(OTHER, file('i'), BYTES, 2)).toBe(true);
      expect(await chat.files(ID)).toEqual([file('f'), file('g', { at: NINE + 1 })]);
      expect(new Uint8Array((await chat.content(ID, 'f'))!)).toEqual(BYTES);
    });

    it('addFile never exceeds the limit when called concurrently', async () => {
      const { chat } = await opened();
      const added = await Promise.all(
        Array.from({ length: 8 }, (_, index) => chat.addFile(ID, file(`f${index}`), BYTES, 5)),
      );
      expect(added.filter(Boolean)).toHaveLength(5);
      expect(await chat.files(ID)).toHaveLength(5);
    });

    it('addFile stores 10 MiB unchanged', { timeout: 30_000 }, async () => {
      const { chat } = await opened();
      const bytes = Uint8Array.from({ length: 10 * 1024 * 1024 }, (_, index) => (index * 7919) >> 5);
      await chat.addFile(ID, file('f', { bytes: bytes.length }), bytes, 1);
      expect(Buffer.compare((await chat.content(ID, 'f'))!, bytes)).toBe(0);
    });

    it('content returns undefined for an unknown file or another session', async () => {
      const { chat } = await opened();
      await chat.addFile(ID, file('f'), BYTES, LIMIT);
      expect(await chat.content(ID, 'g')).toBeUndefined();
      expect(await chat.content(OTHER, 'f')).toBeUndefined();
      expect(await chat.messages(OTHER)).toEqual([]);
      expect(await chat.files(OTHER)).toEqual([]);
    });

    it('erase deletes texts and files of a participant, and keeps messages and numbering', async () => {
      const { chat } = await opened();
      await chat.addFile(ID, file('f'), BYTES, LIMIT);
      await chat.addFile(ID, file('g', { seat: 1 }), BYTES, LIMIT);
      await chat.append(ID, said('a', { seat: 1 }), ROOM);
      await chat.append(ID, said('b', { text: null, fileId: 'f' }), ROOM);
      await chat.erase(ID, 0);
      expect(await chat.messages(ID)).toEqual([
        { seq: 1, ...said('a', { seat: 1 }) },
        { seq: 2, ...said('b', { text: null, fileId: null }) },
      ]);
      expect(await chat.files(ID)).toEqual([file('g', { seat: 1 })]);
      expect(await chat.content(ID, 'f')).toBeUndefined();
      expect(await chat.append(ID, said('c', { seat: 1 }), ROOM)).toMatchObject({ message: { seq: 3 } });
    });

    it('export returns the messages and files of one participant', async () => {
      const { chat } = await opened();
      await chat.addFile(ID, file('f'), BYTES, LIMIT);
      await chat.append(ID, said('a'), ROOM);
      await chat.append(ID, said('b', { seat: 1 }), ROOM);
      await chat.append(ID, said('c', { text: null, fileId: 'f' }), ROOM);
      expect(await chat.export(ID, 0)).toEqual([
        { text: said('a').text, file: null, at: NINE },
        { text: null, file: file('f'), at: NINE },
      ]);
      expect(await chat.export(OTHER, 0)).toEqual([]);
    });

    it('purge deletes the chat of these sessions only', async () => {
      const { chat } = await opened();
      for (const id of [ID, OTHER]) {
        await chat.append(id, said('a'), ROOM);
        await chat.addFile(id, file(`f-${id}`), BYTES, LIMIT);
      }
      await chat.purge([ID]);
      expect([await chat.messages(ID), await chat.files(ID)]).toEqual([[], []]);
      expect(await chat.messages(OTHER)).toHaveLength(1);
      expect(await chat.files(OTHER)).toHaveLength(1);
    });

    it('unsettled returns each session with content that is not marked as kept', async () => {
      const { chat } = await opened();
      expect(await chat.unsettled()).toEqual([]);
      await chat.append(ID, said('a'), ROOM);
      await chat.append(ID, said('b'), ROOM);
      await chat.addFile(OTHER, file('f'), BYTES, LIMIT);
      expect([...(await chat.unsettled())].sort()).toEqual([ID, OTHER]);
      await chat.keep(ID);
      await chat.purge([OTHER]);
      expect(await chat.unsettled()).toEqual([]);
      expect(await chat.messages(ID)).toHaveLength(2);
      await chat.append(ID, said('late'), ROOM);
      expect(await chat.unsettled()).toEqual([ID]);
    });

    it('a purge of sessions deletes their chat and no other', async () => {
      const { chat, store } = await opened();
      const [old, young] = [created(), created({ sessionId: OTHER, appointmentId: 'other' })];
      for (const change of [old, young]) {
        await store.insert(change);
        await chat.append(change.next.sessionId, said('a'), ROOM);
        await chat.addFile(change.next.sessionId, file(change.next.sessionId), BYTES, LIMIT);
      }
      await store.update(lifecycle.end(old.next, 'backend_ended', BACKEND, NINE + 10) as SessionChange);
      expect(await store.purge(NINE + 20, 10)).toBe(1);
      expect(await chat.messages(old.next.sessionId)).toEqual([]);
      expect(await chat.files(old.next.sessionId)).toEqual([]);
      expect(await chat.messages(young.next.sessionId)).toHaveLength(1);
      expect(await chat.files(young.next.sessionId)).toHaveLength(1);
    });

    it('acknowledged writes persist when the store is reopened', async () => {
      const { chat, store, under } = await opened();
      await chat.append(ID, said('a'), ROOM);
      await chat.addFile(ID, file('f'), BYTES, LIMIT);
      await store.close();
      const again = await under.open();
      onTestFinished(() => again.close());
      expect(await again.features.chat.messages(ID)).toEqual([{ seq: 1, ...said('a') }]);
      expect(new Uint8Array((await again.features.chat.content(ID, 'f'))!)).toEqual(BYTES);
    });
  });
}
