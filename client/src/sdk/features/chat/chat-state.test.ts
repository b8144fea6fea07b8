import { describe, expect, it } from 'vitest';
import { chatMessage } from '../../testing/fakes.ts';
import {
  caughtUp,
  discarded,
  NO_CHAT,
  pendingChanged,
  read,
  received,
  type ChatState,
} from './chat-state.ts';

const reader = { self: 'me', visible: false, readUpTo: 0 };
const pending = (clientId: string) => ({
  clientId,
  text: 'hello',
  fileName: null,
  progress: 0,
  failed: null,
});
const seqs = ({ messages }: ChatState) => messages.map(({ seq }) => seq);

describe('received()', () => {
  it('orders messages by number, whatever their order of arrival', () => {
    const chat = [3, 1, 2].reduce((all, seq) => received(all, chatMessage(seq, 'doc1'), reader), NO_CHAT);
    expect(seqs(chat)).toEqual([1, 2, 3]);
  });

  it('changes nothing for a known message', () => {
    const once = received(NO_CHAT, chatMessage(1, 'doc1'), reader);
    expect(received(once, chatMessage(1, 'doc1'), reader)).toEqual(once);
  });

  it('removes an own message from the pending ones, and keeps the others', () => {
    const chat = [pending('a'), pending('b')].reduce(pendingChanged, NO_CHAT);
    const after = received(chat, chatMessage(1, 'me', { clientId: 'a' }), reader);
    expect(after.pending).toEqual([pending('b')]);
    expect(seqs(after)).toEqual([1]);
  });

  it('keeps a pending message when another participant’s message has the same id', () => {
    const chat = pendingChanged(NO_CHAT, pending('a'));
    expect(received(chat, chatMessage(1, 'doc1', { clientId: 'a' }), reader).pending).toHaveLength(1);
  });

  it('counts messages from others while the chat is hidden, and no others', () => {
    const hidden = received(received(NO_CHAT, chatMessage(1, 'doc1'), reader), chatMessage(2, 'me'), reader);
    expect(hidden.unread).toBe(1);
    expect(received(hidden, chatMessage(3, 'doc1'), { ...reader, visible: true }).unread).toBe(0);
  });
});

describe('caughtUp()', () => {
  it('counts messages since the last one that was read, after a reload', () => {
    const said = [
      chatMessage(1, 'doc1'),
      chatMessage(2, 'doc1'),
      chatMessage(3, 'doc1'),
      chatMessage(4, 'me'),
    ];
    expect(caughtUp(NO_CHAT, said, { ...reader, readUpTo: 2 }).unread).toBe(1);
  });

  it('replaces the known messages with the server’s, and counts the new ones', () => {
    const known = received(NO_CHAT, chatMessage(1, 'doc1'), { ...reader, visible: true });
    const chat = caughtUp(
      known,
      [2, 4, 1].map((seq) => chatMessage(seq, 'doc1')),
      reader,
    );
    expect(seqs(chat)).toEqual([1, 2, 4]);
    expect(chat.unread).toBe(2);
    expect(seqs(caughtUp(chat, [chatMessage(2, 'doc1')], reader))).toEqual([2]);
  });
});

describe('pendingChanged(), discarded(), read()', () => {
  it('pendingChanged() updates a message in place', () => {
    const chat = [pending('a'), pending('b'), { ...pending('a'), progress: 0.5 }].reduce(
      pendingChanged,
      NO_CHAT,
    );
    expect(chat.pending.map(({ clientId, progress }) => [clientId, progress])).toEqual([
      ['a', 0.5],
      ['b', 0],
    ]);
  });

  it('discarded() changes nothing for an unknown message', () => {
    const chat = pendingChanged(NO_CHAT, pending('a'));
    expect(discarded(chat, 'b')).toBe(chat);
    expect(discarded(chat, 'a').pending).toEqual([]);
  });

  it('read() resets the unread count', () => {
    const chat = received(NO_CHAT, chatMessage(1, 'doc1'), reader);
    expect(read(chat).unread).toBe(0);
    expect(read(NO_CHAT)).toBe(NO_CHAT);
  });
});
