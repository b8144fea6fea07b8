import { afterEach, beforeEach, expect, it } from 'vitest';
import { created } from '../../domain/testing/sessions.ts';
import { joined, RoomFixture } from '../../room/testing/room-fixture.ts';

let fixture: RoomFixture;
beforeEach(async () => {
  fixture = await RoomFixture.start();
});
afterEach(() => fixture.close());

const withReactions = (reactions: boolean) => ({
  options: { ...created().next.options, waitingRoom: 'off' as const, reactions },
});

it('reaction:send reaches every participant, the sender too', async () => {
  const room = await fixture.open(withReactions(true));
  const pages = [await joined(room), await joined(room, 'patient-1', 'patient')];
  await pages[1]?.request('reaction:send', { reaction: 'clap' });
  for (const page of pages) {
    expect(page.received('reaction')).toEqual([{ userId: 'patient-1', reaction: 'clap' }]);
  }
});

it('reaction:send fails if the session has no reactions', async () => {
  const room = await fixture.open(withReactions(false));
  const doctor = await joined(room);
  await expect(doctor.request('reaction:send', { reaction: 'clap' })).rejects.toMatchObject({
    code: 'reactions_off',
  });
});
