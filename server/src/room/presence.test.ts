import { describe, expect, it } from 'vitest';
import { placeOf, transition, type Presence, type PresenceEvent } from './presence.ts';

const PREVIEW: Presence = { kind: 'preview' };
const WAITING: Presence = { kind: 'waiting' };
const PRESENT: Presence = { kind: 'present' };
const AWAY_WAITING: Presence = { kind: 'away', place: 'waiting-room', since: 1 };
const AWAY: Presence = { kind: 'away', place: 'call', since: 1 };
const EXPECTED: Presence = { kind: 'expected', place: 'call', since: 1 };

const EXPECT: PresenceEvent = { type: 'expect', place: 'call', at: 1 };
const WAIT: PresenceEvent = { type: 'wait' };
const ENTER: PresenceEvent = { type: 'enter' };
const DROP: PresenceEvent = { type: 'drop', at: 2 };
const RELEASE: PresenceEvent = { type: 'release' };
const EVENTS = [EXPECT, WAIT, ENTER, DROP, RELEASE];

const dropped = (place: 'waiting-room' | 'call'): Presence => ({ kind: 'away', place, since: 2 });

/** The presence that each event, in the order of EVENTS, leads to; null if the event is impossible. */
const TABLE: [Presence, (Presence | null)[]][] = [
  [PREVIEW, [EXPECTED, WAITING, PRESENT, null, PREVIEW]],
  [WAITING, [null, WAITING, PRESENT, dropped('waiting-room'), PREVIEW]],
  [PRESENT, [null, null, PRESENT, dropped('call'), PREVIEW]],
  [AWAY_WAITING, [null, WAITING, PRESENT, AWAY_WAITING, PREVIEW]],
  [AWAY, [null, null, PRESENT, AWAY, PREVIEW]],
  [EXPECTED, [null, WAITING, PRESENT, null, PREVIEW]],
];

describe('transition', () => {
  for (const [from, results] of TABLE) {
    for (const [index, event] of EVENTS.entries()) {
      const place = placeOf(from) ?? 'no place';
      const title = `transition from ${from.kind} (${place}) on ${event.type}`;
      const next = results[index];
      if (next) it(`${title} gives ${next.kind}`, () => expect(transition(from, event)).toEqual(next));
      else it(`${title} throws`, () => expect(() => transition(from, event)).toThrow(event.type));
    }
  }
});

describe('placeOf', () => {
  it('placeOf returns null in the preview and the place otherwise', () => {
    const all = [PREVIEW, WAITING, PRESENT, AWAY_WAITING, AWAY, EXPECTED];
    expect(all.map(placeOf)).toEqual([null, 'waiting-room', 'call', 'waiting-room', 'call', 'call']);
  });
});
