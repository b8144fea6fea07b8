import { describe, expect, it } from 'vitest';
import {
  caughtUp,
  discarded,
  NO_CHAT,
  pendingChanged,
  read,
  received,
  type ChatState,
} from './chat-state.ts';
import { chatMessage } from '../../testing/fakes.ts';

const reader = { self: 'me', visible: false, readUpTo: 0 };
const pending = (clientId: string) => ({
  clientId,
  text: 'hello',
  fileName: null,
  progress: 0,
  failed: null,
});
const seqs = ({ messages }: ChatState) => messages.map(({ seq }) => seq);

describe('received', () => {
  it('orders messages by their numbers, whatever the order in which they came', () => {
    const chat = [3, 1, 2].reduce((all, seq) => received(all, chatMessage(seq, 'doc1'), reader), NO_CHAT);
    expect(seqs(chat)).toEqual([1, 2, 3]);
  });

  it('of a message that is known already changes nothing', () => {
    const once = received(NO_CHAT, chatMessage(1, 'doc1'), reader);
    expect(received(once, chatMessage(1, 'doc1'), reader)).toEqual(once);
  });

  it('of an own message takes it out of what is pending, and leaves the others', () => {
    const chat = [pending('a'), pending('b')].reduce(pendingChanged, NO_CHAT);
    const after = received(chat, chatMessage(1, 'me', { clientId: 'a' }), reader);
    expect(after.pending).toEqual([pending('b')]);
    expect(seqs(after)).toEqual([1]);
  });

  it('of another’s message with the id of a pending one keeps that one', () => {
    const chat = pendingChanged(NO_CHAT, pending('a'));
    expect(received(chat, chatMessage(1, 'doc1', { clientId: 'a' }), reader).pending).toHaveLength(1);
  });

  it('counts what others say while the chat is hidden, and nothing else', () => {
    const hidden = received(received(NO_CHAT, chatMessage(1, 'doc1'), reader), chatMessage(2, 'me'), reader);
    expect(hidden.unread).toBe(1);
    expect(received(hidden, chatMessage(3, 'doc1'), { ...reader, visible: true }).unread).toBe(0);
  });
});

describe('caughtUp', () => {
  it('after a reload counts what was said since the last message that was read', () => {
    const said = [
      chatMessage(1, 'doc1'),
      chatMessage(2, 'doc1'),
      chatMessage(3, 'doc1'),
      chatMessage(4, 'me'),
    ];
    expect(caughtUp(NO_CHAT, said, { ...reader, readUpTo: 2 }).unread).toBe(1);
  });

  it('takes the server’s messages in place of the known ones, and counts the new', () => {
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

describe('pendingChanged, discarded, read', () => {
  it('pendingChanged() changes a message in its place', () => {
    const chat = [pending('a'), pending('b'), { ...pending('a'), progress: 0.5 }].reduce(
      pendingChanged,
      NO_CHAT,
    );
    expect(chat.pending.map(({ clientId, progress }) => [clientId, progress])).toEqual([
      ['a', 0.5],
      ['b', 0],
    ]);
  });

  it('discarded() of an unknown message changes nothing', () => {
    const chat = pendingChanged(NO_CHAT, pending('a'));
    expect(discarded(chat, 'b')).toBe(chat);
    expect(discarded(chat, 'a').pending).toEqual([]);
  });

  it('read() leaves nothing unread', () => {
    const chat = received(NO_CHAT, chatMessage(1, 'doc1'), reader);
    expect(read(chat).unread).toBe(0);
    expect(read(NO_CHAT)).toBe(NO_CHAT);
  });
});
