import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ClientUnderTest } from './testing/client-under-test.ts';
import { chatMessage, person, waitingPerson } from './testing/fakes.ts';
import { NodeUpload } from './testing/node-upload.ts';

let one: ClientUnderTest;

beforeEach(async () => {
  one = await ClientUnderTest.start();
});
afterEach(() => one.close());

describe('VisitClient with other participants', () => {
  it('shows the room, the waiting people, and this participant as the others see them', async () => {
    await one.inTheCall();
    one.server.tell('room:updated', { locked: true, screenShareAllowed: false, activeSpeaker: 'pat1' });
    one.server.tell('waiting:people', { people: [waitingPerson('pat2')] });
    one.server.tell('participant:updated', person('me', { handRaisedAt: '2026-01-01T10:05:00.000Z' }));
    const state = await one.until(({ me }) => me?.handRaisedAt !== null);
    expect(state).toMatchObject({
      room: { locked: true, screenShareAllowed: false, activeSpeaker: 'pat1' },
      waitingPeople: [{ userId: 'pat2' }],
      participants: [],
    });
  });

  it('shows the server’s state after a drop', async () => {
    one.server.others = [person('pat1'), person('pat2')];
    await one.inTheCall();
    one.server.tell('room:updated', { locked: true, screenShareAllowed: false, activeSpeaker: 'pat1' });
    one.server.tell('waiting:people', { people: [waitingPerson('pat3')] });
    await one.until(({ waitingPeople }) => waitingPeople.length === 1);
    one.server.others = [person('pat2')];
    one.server.letIn({ self: person('me', { handRaisedAt: '2026-01-01T10:05:00.000Z' }) });
    await one.reconnected();
    expect(one.state).toMatchObject({
      me: { handRaisedAt: '2026-01-01T10:05:00.000Z' },
      room: { locked: false, activeSpeaker: null },
      waitingPeople: [],
    });
    expect(one.state.participants.map(({ userId }) => userId)).toEqual(['pat2']);
  });

  it('shows reactions, the own ones included', async () => {
    await one.inTheCall();
    one.server.tell('reaction', { userId: 'pat1', reaction: 'heart' });
    one.server.tell('reaction', { userId: 'me', reaction: 'clap' });
    const { reactions } = await one.until((state) => state.reactions.length === 2);
    expect(reactions.map(({ userId, reaction }) => [userId, reaction])).toEqual([
      ['pat1', 'heart'],
      ['me', 'clap'],
    ]);
  });
});

describe('VisitClient with hosts who act on its media', () => {
  it('switches the microphone off when muted, with the host’s name', async () => {
    await one.inTheCall();
    one.server.tell('muted', { source: 'microphone', by: 'Dr. Okafor' });
    const { notice, local } = await one.until((state) => state.notice !== null);
    expect(notice).toMatchObject({ kind: 'muted', by: 'Dr. Okafor' });
    expect(local.microphone).toMatchObject({ state: 'off', track: { enabled: false } });
    await one.client.setOn('microphone', true);
    await one.server.until('producer:resume');
  });

  it('turns the camera light off when muted', async () => {
    await one.inTheCall();
    one.server.tell('muted', { source: 'camera', by: null });
    const { notice } = await one.until((state) => state.notice !== null);
    expect(notice).toMatchObject({ kind: 'camera_off', by: null });
    const camera = one.media.tracks.find(({ kind }) => kind === 'video');
    expect(camera?.readyState).toBe('ended');
    expect(one.state.local.camera.state).toBe('off');
  });

  it('shows a notice only when asked to unmute', async () => {
    await one.inTheCall();
    await one.client.setOn('microphone', false);
    one.server.tell('unmute:asked', { by: 'Dr. Okafor' });
    const { notice, local } = await one.until((state) => state.notice !== null);
    expect(notice).toMatchObject({ kind: 'unmute_asked', by: 'Dr. Okafor' });
    expect(local.microphone.state).toBe('off');
  });

  it('ends a share that a host stopped', async () => {
    await one.inTheCall();
    await one.client.startShare();
    expect(one.state.local.screen.state).toBe('on');
    one.server.tell('share:stopped', { by: 'Dr. Okafor' });
    const { notice, local } = await one.until((state) => state.notice !== null);
    expect(notice).toMatchObject({ kind: 'share_stopped', by: 'Dr. Okafor' });
    expect(local.screen).toMatchObject({ state: 'none', track: null });
  });

  it('shows a notice when the browser ends a share', async () => {
    await one.inTheCall();
    await one.client.startShare();
    one.media.tracks
      .filter(({ kind }) => kind === 'video')
      .at(-1)
      ?.unplug();
    expect((await one.until((state) => state.notice !== null)).notice?.kind).toBe('share_ended');
  });

  it('switches to another microphone when one is unplugged, with a notice', async () => {
    await one.inTheCall();
    one.media.tracks.find(({ kind }) => kind === 'audio')?.unplug();
    expect((await one.until((state) => state.notice !== null)).notice?.kind).toBe('device_fallback');
    expect(one.state.local.microphone.state).toBe('on');
  });
});

describe('VisitClient.startShare()', () => {
  it('throws screen_share_off when only hosts may share, and a host may', async () => {
    one.server.bootstrap = {
      ...one.server.bootstrap,
      self: { userId: 'me', role: 'patient', displayName: null, permissions: ['publish', 'subscribe'] },
    };
    one.server.letIn({ room: { locked: false, screenShareAllowed: false, activeSpeaker: null } });
    await one.inTheCall();
    await expect(one.client.startShare()).rejects.toMatchObject({ code: 'screen_share_off' });
    expect(one.state.local.screen.state).toBe('none');
  });

  it('ends a share that the server refuses, with a notice', async () => {
    const quiet = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    await one.inTheCall();
    await one.server.until('producer:create', 2);
    one.server.answers['producer:create'] = () => ({
      ok: false,
      error: { code: 'screen_share_off', message: 'no' },
    });
    await one.client.startShare();
    const { notice, local } = await one.until((state) => state.notice !== null);
    expect(notice?.kind).toBe('share_ended');
    expect(local).toMatchObject({ screen: { track: null }, screenAudio: { track: null } });
    quiet.mockRestore();
  });

  it.each([
    ['ends the share of who is no host', ['publish', 'subscribe'], 'none'],
    ['leaves a host’s share alone', ['publish', 'subscribe', 'moderate'], 'on'],
  ] as const)('sharing forbidden during a drop %s', async (_title, permissions, left) => {
    const quiet = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    one.server.bootstrap = {
      ...one.server.bootstrap,
      self: { userId: 'me', role: 'patient', displayName: null, permissions: [...permissions] },
    };
    await one.inTheCall();
    await one.client.startShare();
    one.server.letIn({ room: { locked: false, screenShareAllowed: false, activeSpeaker: null } });
    one.server.cut();
    const { local, notice } = await one.until(({ room }) => !room.screenShareAllowed);
    if (left === 'on') expect(notice).toBeNull();
    else expect((await one.until((state) => state.notice !== null)).notice?.kind).toBe('share_ended');
    expect((left === 'on' ? local : one.state.local).screen.state).toBe(left);
    quiet.mockRestore();
  });

  it('throws not_joined before the join, and media_denied when refused', async () => {
    await one.prepared();
    await expect(one.client.startShare()).rejects.toMatchObject({ code: 'not_joined' });
    one.client.join();
    await one.phase('joined');
    one.media.refuse = () => 'NotAllowedError';
    await expect(one.client.startShare()).rejects.toMatchObject({ code: 'media_denied' });
  });

  it('stopShare() ends the share without a notice', async () => {
    await one.inTheCall();
    await one.client.startShare();
    one.client.stopShare();
    expect(one.state).toMatchObject({ local: { screen: { state: 'none' } }, notice: null });
  });
});

describe('VisitClient.moderation', () => {
  it('sends a message for each command', async () => {
    await one.inTheCall();
    const { moderation } = one.client;
    await moderation.mute('pat1', 'camera');
    await moderation.askToUnmute('pat1');
    await moderation.stopShare('pat1');
    await moderation.lowerHand('pat1');
    await moderation.remove('pat1');
    await moderation.lock(true);
    await moderation.allowScreenShare(false);
    expect(one.server.received.slice(-7)).toEqual([
      { message: 'moderation:mute', payload: { userId: 'pat1', source: 'camera' } },
      { message: 'moderation:ask-unmute', payload: { userId: 'pat1' } },
      { message: 'moderation:stop-share', payload: { userId: 'pat1' } },
      { message: 'moderation:lower-hand', payload: { userId: 'pat1' } },
      { message: 'moderation:remove', payload: { userId: 'pat1' } },
      { message: 'moderation:lock', payload: { locked: true } },
      { message: 'moderation:screen-share', payload: { allowed: false } },
    ]);
  });

  it('throws forbidden when the role may not', async () => {
    await one.inTheCall();
    one.server.answers['moderation:lock'] = () => ({
      ok: false,
      error: { code: 'forbidden', message: 'no' },
    });
    await expect(one.client.moderation.lock(true)).rejects.toMatchObject({ code: 'forbidden' });
  });
});

describe('VisitClient signs', () => {
  it('raiseHand(), react() and setNotes() send messages', async () => {
    await one.inTheCall();
    await one.client.raiseHand(true);
    await one.client.react('thumbs_up');
    await one.client.setNotes('Ask about the knee.');
    expect(one.server.received.slice(-3)).toEqual([
      { message: 'hand:set', payload: { raised: true } },
      { message: 'reaction:send', payload: { reaction: 'thumbs_up' } },
      { message: 'notes:set', payload: { text: 'Ask about the knee.' } },
    ]);
    expect(one.state.hostNotes).toBe('Ask about the knee.');
    await one.client.setNotes('');
    expect(one.state.hostNotes).toBeNull();
  });

  it('setNotes() keeps the notes when it fails', async () => {
    await one.inTheCall();
    one.server.answers['notes:set'] = () => ({ ok: false, error: { code: 'forbidden', message: 'no' } });
    await expect(one.client.setNotes('x')).rejects.toMatchObject({ code: 'forbidden' });
    expect(one.state.hostNotes).toBeNull();
  });

  it('setAway() is sent once each time, only in the call, and after a drop when the server forgot it', async () => {
    await one.prepared();
    one.client.setAway(true);
    expect(one.server.messages('presence:set')).toEqual([]);
    one.client.join();
    await one.server.until('presence:set');
    one.client.setAway(true);
    one.client.setAway(false);
    await one.server.until('presence:set', 2);
    one.client.setAway(true);
    await one.server.until('presence:set', 3);
    await one.reconnected();
    await one.server.until('presence:set', 4);
    const said = one.server.messages('presence:set').map(({ away }) => away);
    expect(said).toEqual([true, false, true, true]);
  });

  it('setAway() does not affect the next call', async () => {
    await one.inTheCall();
    one.client.setAway(true);
    await one.server.until('presence:set');
    await one.client.leave();
    await one.inTheCall();
    await one.client.react('heart');
    expect(one.server.messages('presence:set')).toHaveLength(1);
    expect(one.state.me?.away).toBe(false);
  });

  it('setSaveData() is remembered for the next visit', async () => {
    one.client.setSaveData(true);
    one.reload();
    await one.prepared();
    expect(one.state).toMatchObject({ saveData: true, mediaMode: 'audio_only' });
    one.client.setSaveData(false);
    one.reload();
    expect(one.state.saveData).toBe(false);
  });

  it('setAway(false) reopens devices that the system took away meanwhile', async () => {
    await one.inTheCall();
    const camera = one.media.tracks.find(({ kind }) => kind === 'video');
    one.client.setAway(true);
    if (camera) camera.muted = true;
    one.client.setAway(false);
    await one.until(({ local }) => local.camera.track !== null && local.camera.track.id !== camera?.id);
  });
});

describe('VisitClient.chat', () => {
  beforeEach(() => void vi.stubGlobal('XMLHttpRequest', NodeUpload));
  afterEach(() => void vi.unstubAllGlobals());

  it('merges messages after a drop, and sends the pending ones in order and once', async () => {
    await one.inTheCall();
    one.client.chat.send('one');
    await one.until(({ chat }) => chat.messages.length === 1);
    one.server.cut();
    await one.until(({ connection }) => connection === 'reconnecting');
    one.client.chat.send('three');
    one.client.chat.send('four');
    one.server.chat.push(chatMessage(2, 'pat1', { text: 'two' }));
    const { chat } = await one.until((state) => state.chat.messages.length === 4);
    expect(chat.messages.map(({ text }) => text)).toEqual(['one', 'two', 'three', 'four']);
    expect(chat).toMatchObject({ pending: [], unread: 1 });
  });

  it('counts only unread messages as unread after a reload', async () => {
    one.server.chat.push(chatMessage(1, 'pat1'), chatMessage(2, 'pat1'));
    await one.inTheCall();
    expect(one.state.chat.unread).toBe(2);
    one.client.chat.setVisible(true);
    one.client.chat.setVisible(false);
    one.server.chat.push(chatMessage(3, 'pat1'));
    one.reload();
    await one.inTheCall();
    expect(one.state.chat.unread).toBe(1);
    one.client.chat.setVisible(true);
    one.server.tell('chat:message', chatMessage(4, 'pat1'));
    await one.until(({ chat }) => chat.messages.length === 4);
    one.server.chat.push(chatMessage(4, 'pat1'));
    one.reload();
    await one.inTheCall();
    expect(one.state.chat.unread).toBe(0);
  });

  it('sends a file and opens it', async () => {
    await one.inTheCall();
    one.client.chat.sendFile(new File(['a scan'], 'scan.txt', { type: 'text/plain' }));
    const { chat } = await one.until((state) => state.chat.messages.length === 1);
    const blob = await one.client.chat.open(chat.messages[0]?.file?.fileId ?? '');
    expect(await blob.text()).toBe('a scan');
  });

  it('is empty after the participant has left', async () => {
    await one.inTheCall();
    one.client.chat.send('one');
    await one.until(({ chat }) => chat.messages.length === 1);
    await one.client.leave();
    expect(one.state.chat).toEqual({ messages: [], pending: [], unread: 0 });
  });
});
