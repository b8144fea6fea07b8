import { describe, expect, it, vi } from 'vitest';
import { FakeMediaDevices } from '../testing/fakes.ts';
import { Devices } from './devices.ts';
import { LocalMedia, type LocalNotice } from './local-media.ts';

function setUp(permission: Partial<Record<string, PermissionState>> = {}, isVisible = () => true) {
  const media = new FakeMediaDevices();
  const devices = new Devices(media.asMediaDevices(), null);
  const permissions = {
    query: ({ name }: { name: string }) => Promise.resolve({ state: permission[name] ?? 'prompt' }),
  } as unknown as Permissions;
  return { media, devices, local: new LocalMedia(devices, permissions, isVisible) };
}

function noticesOf(local: LocalMedia): LocalNotice[] {
  const notices: LocalNotice[] = [];
  local.on('notice', (notice) => notices.push(notice));
  return notices;
}

function gate() {
  let open: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => (open = resolve));
  return { promise, open };
}

describe('LocalMedia.openAll()', () => {
  it('switches both devices on after one prompt', async () => {
    const { media, local } = setUp();
    await local.openAll();
    expect(local.sources.camera).toMatchObject({ state: 'on', problem: null, busy: false });
    expect(local.sources.microphone).toMatchObject({ state: 'on', problem: null, busy: false });
    expect(media.requests).toHaveLength(1);
  });

  it('is busy while the browser prompts', async () => {
    const { media, local } = setUp();
    const held = gate();
    media.gate = held.promise;
    const done = local.openAll();
    expect(local.sources.camera.busy).toBe(true);
    held.open();
    await done;
    expect(local.sources.camera.busy).toBe(false);
  });

  it('requests the microphone only when no camera is plugged in', async () => {
    const { media, local } = setUp();
    media.plugged = ['audioinput'];
    await local.openAll();
    expect(local.sources.camera).toMatchObject({ state: 'none', problem: 'media_missing' });
    expect(local.sources.microphone.state).toBe('on');
    expect(media.requests).toEqual([expect.not.objectContaining({ video: expect.anything() as unknown })]);
  });

  it('requests nothing when no device is plugged in', async () => {
    const { media, local } = setUp();
    media.plugged = [];
    media.refuse = () => 'NotFoundError';
    await local.openAll();
    expect(local.sources.camera.problem).toBe('media_missing');
    expect(local.sources.microphone.problem).toBe('media_missing');
  });

  it('requests the devices when their list never arrives', async () => {
    vi.useFakeTimers();
    const { media, local } = setUp();
    media.enumerateDevices = () => new Promise(() => undefined);
    const done = local.openAll();
    await vi.advanceTimersByTimeAsync(500);
    vi.useRealTimers();
    await done;
    expect(local.sources.camera.state).toBe('on');
  });

  it('does not prompt again when the prompt was dismissed', async () => {
    const { media, local } = setUp();
    media.refuse = () => 'NotAllowedError';
    await local.openAll();
    expect(media.requests).toHaveLength(1);
    expect(local.sources.camera.problem).toBe('media_denied');
    expect(local.sources.microphone.problem).toBe('media_denied');
  });

  it('opens the microphone when only the camera is blocked', async () => {
    const { media, local } = setUp({ camera: 'denied' });
    media.refuse = ({ video }) => (video ? 'NotAllowedError' : null);
    await local.openAll();
    expect(local.sources.camera).toMatchObject({ state: 'none', problem: 'media_denied' });
    expect(local.sources.microphone.state).toBe('on');
  });

  it('opens the microphone when another app uses the camera', async () => {
    const { media, local } = setUp();
    media.refuse = ({ video }) => (video ? 'NotReadableError' : null);
    await local.openAll();
    expect(local.sources.camera.problem).toBe('media_in_use');
    expect(local.sources.microphone.state).toBe('on');
  });

  it('opens only the missing device the second time, after the participant allowed it', async () => {
    const { media, local } = setUp({ camera: 'denied' });
    media.refuse = ({ video }) => (video ? 'NotAllowedError' : null);
    await local.openAll();
    const { track } = local.sources.microphone;
    media.refuse = () => null;
    await local.openAll();
    expect(local.sources.camera).toMatchObject({ state: 'on', problem: null });
    expect(local.sources.microphone.track).toBe(track);
  });

  it('does not open a camera that was switched off', async () => {
    const { media, local } = setUp();
    media.refuse = ({ audio }) => (audio ? 'NotReadableError' : null);
    await local.openAll();
    await local.setOn('camera', false);
    media.refuse = () => null;
    await local.openAll();
    expect(local.sources.camera).toMatchObject({ state: 'off', track: null, busy: false });
    expect(local.sources.microphone).toMatchObject({ state: 'on', problem: null });
  });

  it('reopens a microphone that was lost while muted, and keeps it muted until it is switched on', async () => {
    const { media, local } = setUp();
    await local.openAll();
    await local.setOn('microphone', false);
    media.refuse = () => 'NotFoundError';
    media.tracks.find(({ kind }) => kind === 'audio')?.unplug();
    await vi.waitFor(() => expect(local.sources.microphone.problem).toBe('media_missing'));
    media.refuse = () => null;
    await local.openAll();
    expect(local.sources.microphone).toMatchObject({
      state: 'off',
      problem: null,
      track: { enabled: false, readyState: 'live' },
    });
    await local.setOn('microphone', true);
    expect(local.sources.microphone).toMatchObject({ state: 'on', track: { enabled: true } });
  });

  it('switches a camera on again that was lost while it was on', async () => {
    const { media, local } = setUp();
    await local.openAll();
    media.refuse = () => 'NotFoundError';
    media.tracks.find(({ kind }) => kind === 'video')?.unplug();
    await vi.waitFor(() => expect(local.sources.camera.problem).toBe('media_missing'));
    media.refuse = () => null;
    await local.openAll();
    expect(local.sources.camera).toMatchObject({ state: 'on', problem: null });
  });

  it('reports media_insecure for both devices on an insecure page', async () => {
    const local = new LocalMedia(new Devices(undefined, null));
    await local.openAll();
    expect(local.sources.camera.problem).toBe('media_insecure');
    expect(local.sources.microphone.problem).toBe('media_insecure');
  });

  it('stops the tracks that arrive after close()', async () => {
    const { media, local } = setUp();
    const held = gate();
    media.gate = held.promise;
    const done = local.openAll();
    // The request is in flight once the list of devices has arrived.
    await Promise.resolve();
    local.close();
    held.open();
    await done;
    expect(media.tracks.every(({ readyState }) => readyState === 'ended')).toBe(true);
  });
});

describe('LocalMedia.setOn()', () => {
  it('stops the camera when switched off, so that its light turns off', async () => {
    const { local } = setUp();
    await local.openAll();
    const { track } = local.sources.camera;
    await local.setOn('camera', false);
    expect(track?.readyState).toBe('ended');
    expect(local.sources.camera).toMatchObject({ state: 'off', track: null });
  });

  it('opens the camera again when switched on', async () => {
    const { media, local } = setUp();
    await local.openAll();
    await local.setOn('camera', false);
    await local.setOn('camera', true);
    expect(local.sources.camera.state).toBe('on');
    expect(local.sources.camera.track?.readyState).toBe('live');
    expect(media.requests).toHaveLength(2);
  });

  it('disables the track and keeps the device when the microphone is switched off', async () => {
    const { media, local } = setUp();
    await local.openAll();
    await local.setOn('microphone', false);
    expect(local.sources.microphone).toMatchObject({
      state: 'off',
      track: { enabled: false, readyState: 'live' },
    });
    await local.setOn('microphone', true);
    expect(local.sources.microphone).toMatchObject({ state: 'on', track: { enabled: true } });
    expect(media.requests).toHaveLength(1);
  });

  it('reopens a microphone that a phone call interrupted while it was muted', async () => {
    const { media, local } = setUp();
    await local.openAll();
    const { track } = local.sources.microphone;
    await local.setOn('microphone', false);
    media.tracks.find(({ kind }) => kind === 'audio')?.dispatchEvent(new Event('mute'));
    await local.setOn('microphone', true);
    expect(local.sources.microphone.track).not.toBe(track);
    expect(local.sources.microphone).toMatchObject({ state: 'on', track: { enabled: true } });
    expect(track?.readyState).toBe('ended');
  });

  it('reports why a microphone that stays silenced cannot be reopened', async () => {
    const { media, local } = setUp();
    await local.openAll();
    await local.setOn('microphone', false);
    const silenced = media.tracks.find(({ kind }) => kind === 'audio');
    if (silenced) silenced.muted = true;
    media.refuse = () => 'NotReadableError';
    await local.setOn('microphone', true);
    // The second request follows once the old device is released.
    expect(local.sources.microphone).toMatchObject({ state: 'off', problem: 'media_in_use', busy: false });
    media.refuse = () => null;
    await local.openAll();
    expect(local.sources.microphone).toMatchObject({ state: 'on', problem: null, track: { enabled: true } });
  });

  it('releases a camera that opens after it was switched off', async () => {
    const { media, local } = setUp();
    await local.openAll();
    await local.setOn('camera', false);
    const held = gate();
    media.gate = held.promise;
    const opening = local.setOn('camera', true);
    await local.setOn('camera', false);
    held.open();
    await opening;
    expect(local.sources.camera).toMatchObject({ state: 'off', track: null, busy: false });
    expect(media.tracks.at(-1)?.readyState).toBe('ended');
  });

  it('reports why a device is refused', async () => {
    const { media, local } = setUp();
    media.refuse = () => 'NotAllowedError';
    await local.setOn('camera', true);
    expect(local.sources.camera).toMatchObject({ state: 'none', problem: 'media_denied', busy: false });
  });

  it('changes nothing for a missing source that is switched off', async () => {
    const { local } = setUp();
    await local.setOn('camera', false);
    expect(local.sources.camera.state).toBe('none');
  });

  it('does nothing after close()', async () => {
    const { media, local } = setUp();
    local.close();
    await local.setOn('camera', true);
    expect(media.requests).toHaveLength(0);
  });
});

describe('LocalMedia.applyChoice()', () => {
  it('opens the new camera before it stops the old one', async () => {
    const { local, devices } = setUp();
    await local.openAll();
    const { track } = local.sources.camera;
    devices.choose('camera', 'cam-2');
    await local.applyChoice('camera');
    expect(local.sources.camera.track).not.toBe(track);
    expect(track?.readyState).toBe('ended');
    expect(local.sources.camera.state).toBe('on');
  });

  it('keeps a muted microphone muted', async () => {
    const { local } = setUp();
    await local.openAll();
    await local.setOn('microphone', false);
    await local.applyChoice('microphone');
    expect(local.sources.microphone).toMatchObject({ state: 'off', track: { enabled: false } });
  });

  it('releases the first camera and tries again on a phone that cannot open two', async () => {
    const { media, local } = setUp();
    await local.openAll();
    const { track } = local.sources.camera;
    media.refuse = () => (track?.readyState === 'live' ? 'NotReadableError' : null);
    await local.applyChoice('camera');
    expect(local.sources.camera).toMatchObject({ state: 'on', problem: null });
  });

  it('keeps the old device when the new one is refused', async () => {
    const { media, local } = setUp();
    await local.openAll();
    const { track } = local.sources.camera;
    media.refuse = () => 'NotAllowedError';
    await local.applyChoice('camera');
    expect(local.sources.camera).toMatchObject({ state: 'on', track, busy: false });
  });
});

describe('LocalMedia.release()', () => {
  it('stops both devices, which openAll() opens again', async () => {
    const { media, local } = setUp();
    await local.openAll();
    const notices = noticesOf(local);
    local.release();
    expect(media.tracks.map(({ readyState }) => readyState)).toEqual(['ended', 'ended']);
    expect(local.sources.camera).toMatchObject({ state: 'none', track: null, problem: null });
    await local.openAll();
    expect(local.sources.microphone.state).toBe('on');
    expect(notices).toEqual([]);
  });

  it('releases a device that opens afterwards', async () => {
    const { media, local } = setUp();
    const held = gate();
    media.gate = held.promise;
    const done = local.openAll();
    local.release();
    held.open();
    await done;
    expect(media.tracks.map(({ readyState }) => readyState)).toEqual(['ended', 'ended']);
    expect(local.sources.camera).toMatchObject({ state: 'none', busy: false });
  });
});

describe('LocalMedia.recover()', () => {
  it('reopens silenced devices after a phone call, although their tracks look live', async () => {
    const { media, local } = setUp();
    await local.openAll();
    const { track } = local.sources.microphone;
    media.tracks.find(({ kind }) => kind === 'audio')?.dispatchEvent(new Event('mute'));
    await local.recover();
    expect(local.sources.microphone.track).not.toBe(track);
    expect(track?.readyState).toBe('ended');
    expect(local.sources.microphone.state).toBe('on');
    expect(media.requests).toHaveLength(2);
  });

  it('does not reopen devices that were not interrupted, or are off', async () => {
    const { media, local } = setUp();
    await local.openAll();
    await local.setOn('microphone', false);
    media.tracks.find(({ kind }) => kind === 'audio')?.dispatchEvent(new Event('mute'));
    await local.recover();
    expect(media.requests).toHaveLength(1);
  });
});

describe('LocalMedia after an interruption', () => {
  const interrupt = (media: FakeMediaDevices) => {
    const track = media.tracks.filter(({ kind }) => kind === 'audio').at(-1);
    track?.dispatchEvent(new Event('mute'));
    track?.dispatchEvent(new Event('unmute'));
  };

  it('reopens the device while the page is visible, but not repeatedly', async () => {
    const { media, local } = setUp();
    await local.openAll();
    const { track } = local.sources.microphone;
    interrupt(media);
    await vi.waitFor(() => expect(local.sources.microphone.track).not.toBe(track));
    expect(local.sources.microphone).toMatchObject({ state: 'on', busy: false });
    interrupt(media);
    expect(local.sources.microphone.busy).toBe(false);
    expect(media.requests).toHaveLength(2);
  });

  it('waits for recover() while the page is hidden', async () => {
    const { media, local } = setUp({}, () => false);
    await local.openAll();
    interrupt(media);
    expect(media.requests).toHaveLength(1);
    await local.recover();
    expect(media.requests).toHaveLength(2);
  });
});

describe('LocalMedia.flipCamera()', () => {
  it('releases one camera and opens the other', async () => {
    const { media, local, devices } = setUp();
    devices.choose('camera', 'cam-1');
    await local.openAll();
    const { track } = local.sources.camera;
    await local.flipCamera();
    expect(track?.readyState).toBe('ended');
    expect(local.sources.camera.state).toBe('on');
    expect(media.requests.at(-1)?.video).toMatchObject({ facingMode: { ideal: 'environment' } });
    expect(devices.choice.camera).toBe(null);
  });
});

describe('LocalMedia.startShare()', () => {
  it('shares a screen with its sound until it is stopped', async () => {
    const { media, local } = setUp();
    await local.startShare();
    expect(local.sources.screen).toMatchObject({
      state: 'on',
      busy: false,
      track: { contentHint: 'detail' },
    });
    expect(local.sources.screenAudio.state).toBe('on');
    local.stopShare();
    local.stopShare();
    expect(local.sources.screen).toMatchObject({ state: 'none', track: null });
    expect(local.sources.screenAudio).toMatchObject({ state: 'none', track: null });
    expect(media.tracks.every(({ readyState }) => readyState === 'ended')).toBe(true);
  });

  it('shares the picture alone when the browser captures no sound', async () => {
    const { media, local } = setUp();
    media.screenSound = false;
    await local.startShare();
    expect(local.sources.screen.state).toBe('on');
    expect(local.sources.screenAudio.state).toBe('none');
  });

  it('rejects and changes nothing when the participant chooses no screen', async () => {
    const { media, local } = setUp();
    media.refuse = () => 'NotAllowedError';
    await expect(local.startShare()).rejects.toMatchObject({ code: 'media_denied' });
    expect(local.sources.screen).toMatchObject({ state: 'none', busy: false, problem: null });
  });

  it('emits share_ended when the shared window is closed', async () => {
    const { media, local } = setUp();
    const notices = noticesOf(local);
    await local.startShare();
    media.tracks.find(({ kind }) => kind === 'video')?.unplug();
    expect(notices).toEqual([{ kind: 'share_ended', source: 'screen' }]);
    expect(local.sources.screen.track).toBe(null);
    expect(local.sources.screenAudio.track).toBe(null);
  });

  it('replaces the first share with the second', async () => {
    const { media, local } = setUp();
    const notices = noticesOf(local);
    await local.startShare();
    await local.startShare();
    expect(media.tracks.map(({ readyState }) => readyState)).toEqual(['ended', 'ended', 'live', 'live']);
    expect(notices).toEqual([]);
  });

  it('stops the tracks that arrive after close()', async () => {
    const { media, local } = setUp();
    const held = gate();
    media.gate = held.promise;
    const sharing = local.startShare();
    local.close();
    held.open();
    await sharing;
    expect(media.tracks.every(({ readyState }) => readyState === 'ended')).toBe(true);
  });
});

describe('LocalMedia', () => {
  it('emits device_lost when the only camera is unplugged', async () => {
    const { media, local } = setUp();
    const notices = noticesOf(local);
    await local.openAll();
    media.refuse = () => 'NotFoundError';
    media.tracks.find(({ kind }) => kind === 'video')?.unplug();
    await vi.waitFor(() => expect(notices).toEqual([{ kind: 'device_lost', source: 'camera' }]));
    expect(local.sources.camera).toMatchObject({ state: 'off', track: null, problem: 'media_missing' });
    expect(local.sources.microphone.state).toBe('on');
  });

  it('switches to another microphone when a headset is unplugged', async () => {
    const { media, local } = setUp();
    const notices = noticesOf(local);
    await local.openAll();
    media.tracks.find(({ kind }) => kind === 'audio')?.unplug();
    await vi.waitFor(() => expect(notices).toEqual([{ kind: 'device_fallback', source: 'microphone' }]));
    expect(local.sources.microphone).toMatchObject({ state: 'on', track: { readyState: 'live' } });
  });

  it('stays muted when a headset is unplugged while muted', async () => {
    const { media, local } = setUp();
    const notices = noticesOf(local);
    await local.openAll();
    await local.setOn('microphone', false);
    media.tracks.find(({ kind }) => kind === 'audio')?.unplug();
    await vi.waitFor(() => expect(notices).toHaveLength(1));
    expect(local.sources.microphone).toMatchObject({ state: 'off', track: { enabled: false } });
  });

  it('close() stops every device and is idempotent', async () => {
    const { media, local } = setUp();
    await local.openAll();
    local.close();
    local.close();
    expect(media.tracks.map(({ readyState }) => readyState)).toEqual(['ended', 'ended']);
  });
});
