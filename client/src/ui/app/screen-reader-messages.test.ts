import type { ChatMessage, ParticipantView } from '@televisit/shared/signaling';
import { describe, expect, it } from 'vitest';
import { participant } from '../testing/fakes.ts';
import type { VisitState } from '../../sdk/index.ts';
import { INITIAL_STATE } from '../testing/fakes.ts';
import { screenReaderMessages } from './screen-reader-messages.ts';

const state = (participants: ParticipantView[], change: Partial<VisitState> = {}): VisitState => ({
  ...INITIAL_STATE,
  phase: 'joined',
  connection: 'connected',
  participants,
  ...change,
});
const ana = participant('pat1', { displayName: 'Ana' });
const message = (change: Partial<ChatMessage> = {}): ChatMessage => ({
  seq: 1,
  clientId: 'c1',
  userId: 'pat1',
  displayName: 'Ana',
  role: 'patient',
  text: 'Hello',
  file: null,
  at: '2026-01-01T10:00:00.000Z',
  ...change,
});
const chat = (...messages: ChatMessage[]) => ({ chat: { messages, pending: [], unread: 0 } });

describe('screenReaderMessages', () => {
  it('of somebody who comes or goes says who', () => {
    expect(screenReaderMessages(state([]), state([ana]))).toEqual(['Ana joined']);
    expect(screenReaderMessages(state([ana]), state([]))).toEqual(['Ana left']);
  });

  it('of a mute says which device and whose', () => {
    const muted = { ...ana, media: { ...ana.media, microphone: 'off' } as const };
    expect(screenReaderMessages(state([ana]), state([muted]))).toEqual(['Ana switched the microphone off']);
    expect(screenReaderMessages(state([muted]), state([ana]))).toEqual(['Ana switched the microphone on']);
  });

  it('among many people is silent about microphones, and still tells of screens and hands', () => {
    const others = Array.from({ length: 7 }, (_, index) => participant(`p${index}`));
    const muted = { ...ana, media: { ...ana.media, microphone: 'off' } as const };
    expect(screenReaderMessages(state([ana, ...others]), state([muted, ...others]))).toEqual([]);
    const shares = {
      ...ana,
      handRaisedAt: '2026-01-01T10:00:00.000Z',
      media: { ...ana.media, screen: 'on', screenAudio: 'on' } as const,
    };
    expect(screenReaderMessages(state([ana, ...others]), state([shares, ...others]))).toEqual([
      'Ana raised a hand',
      'Ana shares the screen',
    ]);
  });

  it('of somebody’s lost connection says so, and of its return', () => {
    const lost = { ...ana, connected: false };
    expect(screenReaderMessages(state([ana]), state([lost]))).toEqual(['Ana lost the connection']);
    expect(screenReaderMessages(state([lost]), state([ana]))).toEqual(['Ana is back']);
  });

  it('of a lost connection says nothing of devices, which another server does not know yet', () => {
    const media = { microphone: 'none', camera: 'none', screen: 'none', screenAudio: 'none' } as const;
    const lost = { ...ana, connected: false, media };
    expect(screenReaderMessages(state([ana]), state([lost]))).toEqual(['Ana lost the connection']);
    expect(screenReaderMessages(state([lost]), state([ana]))).toEqual(['Ana is back']);
  });

  it('of one’s own connection says so', () => {
    const lost = state([], { connection: 'reconnecting' });
    expect(screenReaderMessages(state([]), lost)).toEqual(['Connection lost. Reconnecting.']);
    expect(screenReaderMessages(lost, state([]))).toEqual(['You are connected again.']);
  });

  it('of messages reads those of others, and long ones in part', () => {
    const self = { userId: 'me', role: 'doctor', displayName: null, permissions: [] } as const;
    const own = message({ seq: 2, userId: 'me' });
    const long = message({ seq: 3, text: 'x'.repeat(5000) });
    const file = { fileId: 'f', name: 'rash.jpg', contentType: 'image/jpeg', bytes: 1 };
    const said = screenReaderMessages(
      state([ana], { self, ...chat() }),
      state([ana], { self, ...chat(message(), own, long, message({ seq: 4, text: null, file })) }),
    );
    expect(said[0]).toBe('Ana writes: Hello');
    expect(said[1]!.length).toBeLessThan(250);
    expect(said[2]).toBe('Ana sent the file rash.jpg');
    expect(said).toHaveLength(3);
  });

  it('of somebody at the door, the lock and a reaction says so', () => {
    const waits = { ...ana, since: '2026-01-01T10:00:00.000Z' };
    expect(screenReaderMessages(state([]), state([], { waitingPeople: [waits] }))).toEqual([
      'Ana is waiting to be let in',
    ]);
    const room = { locked: true, screenShareAllowed: true, activeSpeaker: null };
    expect(screenReaderMessages(state([]), state([], { room }))).toEqual(['The visit is locked']);
    const reactions = [{ id: 1, userId: 'pat1', reaction: 'clap' }] as const;
    expect(screenReaderMessages(state([ana]), state([ana], { reactions }))).toEqual(['Ana: Applause']);
  });

  it('of entering, where the heading is read anyway, is silent', () => {
    expect(screenReaderMessages(state([], { phase: 'joining' }), state([ana]))).toEqual([]);
  });

  it('of nothing that changed is silent', () => {
    expect(screenReaderMessages(state([ana]), state([ana]))).toEqual([]);
  });
});
