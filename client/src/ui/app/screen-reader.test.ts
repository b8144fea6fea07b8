import type { ChatMessage, ParticipantView } from '@televisit/shared/signaling';
import { describe, expect, it } from 'vitest';
import type { VisitState } from '../../sdk/index.ts';
import { FEATURES } from '../features/index.ts';
import { participant } from '../testing/fakes.ts';
import { INITIAL_STATE } from '../testing/fakes.ts';
import { announcementTexts, CORE_SPEAKER } from './screen-reader.tsx';

const features = await Promise.all(FEATURES.map(({ load }) => load()));

function texts(before: VisitState, after: VisitState): string[] {
  return announcementTexts([CORE_SPEAKER, ...features].map((observer) => ({ observer, before, after })));
}

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

describe('announcementTexts', () => {
  it('names participants who join or leave', () => {
    expect(texts(state([]), state([ana]))).toEqual(['Ana joined']);
    expect(texts(state([ana]), state([]))).toEqual(['Ana left']);
  });

  it('names the participant and the device when a device is switched', () => {
    const muted = { ...ana, media: { ...ana.media, microphone: 'off' } as const };
    expect(texts(state([ana]), state([muted]))).toEqual(['Ana switched the microphone off']);
    expect(texts(state([muted]), state([ana]))).toEqual(['Ana switched the microphone on']);
  });

  it('omits microphones among many participants, but not screens and hands', () => {
    const others = Array.from({ length: 7 }, (_, index) => participant(`p${index}`));
    const muted = { ...ana, media: { ...ana.media, microphone: 'off' } as const };
    expect(texts(state([ana, ...others]), state([muted, ...others]))).toEqual([]);
    const shares = {
      ...ana,
      handRaisedAt: '2026-01-01T10:00:00.000Z',
      media: { ...ana.media, screen: 'on', screenAudio: 'on' } as const,
    };
    expect(texts(state([ana, ...others]), state([shares, ...others]))).toEqual([
      'Ana raised a hand',
      'Ana shares the screen',
    ]);
  });

  it('says when a participant loses the connection and when they return', () => {
    const lost = { ...ana, connected: false };
    expect(texts(state([ana]), state([lost]))).toEqual(['Ana lost the connection']);
    expect(texts(state([lost]), state([ana]))).toEqual(['Ana is back']);
  });

  it('omits the devices of a participant without a connection, whose state is unknown', () => {
    const media = { microphone: 'none', camera: 'none', screen: 'none', screenAudio: 'none' } as const;
    const lost = { ...ana, connected: false, media };
    expect(texts(state([ana]), state([lost]))).toEqual(['Ana lost the connection']);
    expect(texts(state([lost]), state([ana]))).toEqual(['Ana is back']);
  });

  it('says when the own connection is lost and restored', () => {
    const lost = state([], { connection: 'reconnecting' });
    expect(texts(state([]), lost)).toEqual(['Connection lost. Reconnecting.']);
    expect(texts(lost, state([]))).toEqual(['You are connected again.']);
  });

  it('reads the messages of others, and cuts long ones', () => {
    const self = { userId: 'me', role: 'doctor', displayName: null, permissions: [] } as const;
    const own = message({ seq: 2, userId: 'me' });
    const long = message({ seq: 3, text: 'x'.repeat(5000) });
    const file = { fileId: 'f', name: 'rash.jpg', contentType: 'image/jpeg', bytes: 1 };
    const said = texts(
      state([ana], { self, ...chat() }),
      state([ana], { self, ...chat(message(), own, long, message({ seq: 4, text: null, file })) }),
    );
    expect(said[0]).toBe('Ana writes: Hello');
    expect(said[1]!.length).toBeLessThan(250);
    expect(said[2]).toBe('Ana sent the file rash.jpg');
    expect(said).toHaveLength(3);
  });

  it('says when a person waits, when the visit is locked, and who reacts', () => {
    const waits = { ...ana, since: '2026-01-01T10:00:00.000Z' };
    expect(texts(state([]), state([], { waitingPeople: [waits] }))).toEqual(['Ana is waiting to be let in']);
    const room = { locked: true, screenShareAllowed: true, activeSpeaker: null };
    expect(texts(state([]), state([], { room }))).toEqual(['The visit is locked']);
    const reactions = [{ id: 1, userId: 'pat1', reaction: 'clap' }] as const;
    expect(texts(state([ana]), state([ana], { reactions }))).toEqual(['Ana: Applause']);
  });

  it('says nothing on entering the call, where the heading is read', () => {
    expect(texts(state([], { phase: 'joining' }), state([ana]))).toEqual([]);
  });

  it('says nothing if nothing has changed', () => {
    expect(texts(state([ana]), state([ana]))).toEqual([]);
  });
});
