import { describe, expect, it, vi } from 'vitest';
import { Devices } from './devices.ts';
import { LocalMedia, type LocalNotice } from './local-media.ts';
import { FakeMediaDevices } from '../testing/fakes.ts';

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

describe('LocalMedia.openAll', () => {
  it('with both devices there switches both on after one question', async () => {
    const { media, local } = setUp();
    await local.openAll();
    expect(local.sources.camera).toMatchObject({ state: 'on', problem: null, busy: false });
    expect(local.sources.microphone).toMatchObject({ state: 'on', problem: null, busy: false });
    expect(media.requests).toHaveLength(1);
  });

  it('while the browser asks is busy', async () => {
    const { media, local } = setUp();
    const held = gate();
    media.gate = held.promise;
    const done = local.openAll();
    expect(local.sources.camera.busy).toBe(true);
    held.open();
    await done;
    expect(local.sources.camera.busy).toBe(false);
  });

  it('with no camera plugged in asks for the microphone only', async () => {
    const { media, local } = setUp();
    media.plugged = ['audioinput'];
    await local.openAll();
    expect(local.sources.camera).toMatchObject({ state: 'none', problem: 'media_missing' });
    expect(local.sources.microphone.state).toBe('on');
    expect(media.requests).toEqual([expect.not.objectContaining({ video: expect.anything() as unknown })]);
  });

  it('with nothing plugged in asks nothing where the browser tells so', async () => {
    const { media, local } = setUp();
    media.plugged = [];
    media.refuse = () => 'NotFoundError';
    await local.openAll();
    expect(local.sources.camera.problem).toBe('media_missing');
    expect(local.sources.microphone.problem).toBe('media_missing');
  });

  it('with a list of devices that never comes asks anyway', async () => {
    vi.useFakeTimers();
    const { media, local } = setUp();
    media.enumerateDevices = () => new Promise(() => undefined);
    const done = local.openAll();
    await vi.advanceTimersByTimeAsync(500);
    vi.useRealTimers();
    await done;
    expect(local.sources.camera.state).toBe('on');
  });

  it('with the question waved away does not ask again', async () => {
    const { media, local } = setUp();
    media.refuse = () => 'NotAllowedError';
    await local.openAll();
    expect(media.requests).toHaveLength(1);
    expect(local.sources.camera.problem).toBe('media_denied');
    expect(local.sources.microphone.problem).toBe('media_denied');
  });

  it('with only the camera blocked opens the microphone', async () => {
    const { media, local } = setUp({ camera: 'denied' });
    media.refuse = ({ video }) => (video ? 'NotAllowedError' : null);
    await local.openAll();
    expect(local.sources.camera).toMatchObject({ state: 'none', problem: 'media_denied' });
    expect(local.sources.microphone.state).toBe('on');
  });

  it('with the camera taken by another app opens the microphone', async () => {
    const { media, local } = setUp();
    media.refuse = ({ video }) => (video ? 'NotReadableError' : null);
    await local.openAll();
    expect(local.sources.camera.problem).toBe('media_in_use');
    expect(local.sources.microphone.state).toBe('on');
  });

  it('a second time, after the person allowed it, opens what was missing only', async () => {
    const { media, local } = setUp({ camera: 'denied' });
    media.refuse = ({ video }) => (video ? 'NotAllowedError' : null);
    await local.openAll();
    const { track } = local.sources.microphone;
    media.refuse = () => null;
    await local.openAll();
    expect(local.sources.camera).toMatchObject({ state: 'on', problem: null });
    expect(local.sources.microphone.track).toBe(track);
  });

  it('again leaves a camera alone that was switched off', async () => {
    const { media, local } = setUp();
    media.refuse = ({ audio }) => (audio ? 'NotReadableError' : null);
    await local.openAll();
    await local.setOn('camera', false);
    media.refuse = () => null;
    await local.openAll();
    expect(local.sources.camera).toMatchObject({ state: 'off', track: null, busy: false });
    expect(local.sources.microphone).toMatchObject({ state: 'on', problem: null });
  });

  it('again opens a microphone that was lost while muted, and it stays muted until it is switched on', async () => {
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

  it('again switches on a camera that was lost while it was on', async () => {
    const { media, local } = setUp();
    await local.openAll();
    media.refuse = () => 'NotFoundError';
    media.tracks.find(({ kind }) => kind === 'video')?.unplug();
    await vi.waitFor(() => expect(local.sources.camera.problem).toBe('media_missing'));
    media.refuse = () => null;
    await local.openAll();
    expect(local.sources.camera).toMatchObject({ state: 'on', problem: null });
  });

  it('on an insecure page says so for both', async () => {
    const local = new LocalMedia(new Devices(undefined, null));
    await local.openAll();
    expect(local.sources.camera.problem).toBe('media_insecure');
    expect(local.sources.microphone.problem).toBe('media_insecure');
  });

  it('that ends after close() stops what it got', async () => {
    const { media, local } = setUp();
    const held = gate();
    media.gate = held.promise;
    const done = local.openAll();
    // The request is under way once the list of devices came back.
    await Promise.resolve();
    local.close();
    held.open();
    await done;
    expect(media.tracks.every(({ readyState }) => readyState === 'ended')).toBe(true);
  });
});

describe('LocalMedia.setOn', () => {
  it('camera off stops the device, so that its light goes out', async () => {
    const { local } = setUp();
    await local.openAll();
    const { track } = local.sources.camera;
    await local.setOn('camera', false);
    expect(track?.readyState).toBe('ended');
    expect(local.sources.camera).toMatchObject({ state: 'off', track: null });
  });

  it('camera on again opens it freshly', async () => {
    const { media, local } = setUp();
    await local.openAll();
    await local.setOn('camera', false);
    await local.setOn('camera', true);
    expect(local.sources.camera.state).toBe('on');
    expect(local.sources.camera.track?.readyState).toBe('live');
    expect(media.requests).toHaveLength(2);
  });

  it('microphone off disables the track and keeps the device', async () => {
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

  it('microphone on after a phone call while it was muted opens it freshly', async () => {
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

  it('microphone on that stays silenced, and can’t be opened, says why', async () => {
    const { media, local } = setUp();
    await local.openAll();
    await local.setOn('microphone', false);
    const silenced = media.tracks.find(({ kind }) => kind === 'audio');
    if (silenced) silenced.muted = true;
    media.refuse = () => 'NotReadableError';
    await local.setOn('microphone', true);
    // The second opening follows after the first let the old device go.
    expect(local.sources.microphone).toMatchObject({ state: 'off', problem: 'media_in_use', busy: false });
    media.refuse = () => null;
    await local.openAll();
    expect(local.sources.microphone).toMatchObject({ state: 'on', problem: null, track: { enabled: true } });
  });

  it('off while the camera is still opening lets it go when it comes', async () => {
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

  it('on where the device is refused says why', async () => {
    const { media, local } = setUp();
    media.refuse = () => 'NotAllowedError';
    await local.setOn('camera', true);
    expect(local.sources.camera).toMatchObject({ state: 'none', problem: 'media_denied', busy: false });
  });

  it('off for a source that was never there changes nothing', async () => {
    const { local } = setUp();
    await local.setOn('camera', false);
    expect(local.sources.camera.state).toBe('none');
  });

  it('after close() does nothing', async () => {
    const { media, local } = setUp();
    local.close();
    await local.setOn('camera', true);
    expect(media.requests).toHaveLength(0);
  });
});

describe('LocalMedia.applyChoice', () => {
  it('for an open camera takes the new one before it stops the old', async () => {
    const { local, devices } = setUp();
    await local.openAll();
    const { track } = local.sources.camera;
    devices.choose('camera', 'cam-2');
    await local.applyChoice('camera');
    expect(local.sources.camera.track).not.toBe(track);
    expect(track?.readyState).toBe('ended');
    expect(local.sources.camera.state).toBe('on');
  });

  it('for a muted microphone keeps it muted', async () => {
    const { local } = setUp();
    await local.openAll();
    await local.setOn('microphone', false);
    await local.applyChoice('microphone');
    expect(local.sources.microphone).toMatchObject({ state: 'off', track: { enabled: false } });
  });

  it('on a phone that can’t open two cameras lets the first go and tries again', async () => {
    const { media, local } = setUp();
    await local.openAll();
    const { track } = local.sources.camera;
    media.refuse = () => (track?.readyState === 'live' ? 'NotReadableError' : null);
    await local.applyChoice('camera');
    expect(local.sources.camera).toMatchObject({ state: 'on', problem: null });
  });

  it('where the new device is refused keeps the old', async () => {
    const { media, local } = setUp();
    await local.openAll();
    const { track } = local.sources.camera;
    media.refuse = () => 'NotAllowedError';
    await local.applyChoice('camera');
    expect(local.sources.camera).toMatchObject({ state: 'on', track, busy: false });
  });
});

describe('LocalMedia.recover', () => {
  it('after a phone call opens anew what was silenced, though it looks alive', async () => {
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

  it('leaves alone what was not interrupted, and what is off', async () => {
    const { media, local } = setUp();
    await local.openAll();
    await local.setOn('microphone', false);
    media.tracks.find(({ kind }) => kind === 'audio')?.dispatchEvent(new Event('mute'));
    await local.recover();
    expect(media.requests).toHaveLength(1);
  });
});

describe('LocalMedia, an interruption that ends', () => {
  const interrupt = (media: FakeMediaDevices) => {
    const track = media.tracks.filter(({ kind }) => kind === 'audio').at(-1);
    track?.dispatchEvent(new Event('mute'));
    track?.dispatchEvent(new Event('unmute'));
  };

  it('while the page is seen opens the device anew, and not time and again', async () => {
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

  it('while the page is hidden waits for recover()', async () => {
    const { media, local } = setUp({}, () => false);
    await local.openAll();
    interrupt(media);
    expect(media.requests).toHaveLength(1);
    await local.recover();
    expect(media.requests).toHaveLength(2);
  });
});

describe('LocalMedia.flipCamera', () => {
  it('lets the one camera go and opens the other', async () => {
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

describe('LocalMedia.startShare', () => {
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

  it('without sound from the browser shares the picture', async () => {
    const { media, local } = setUp();
    media.screenSound = false;
    await local.startShare();
    expect(local.sources.screen.state).toBe('on');
    expect(local.sources.screenAudio.state).toBe('none');
  });

  it('where the person chooses none rejects and changes nothing', async () => {
    const { media, local } = setUp();
    media.refuse = () => 'NotAllowedError';
    await expect(local.startShare()).rejects.toMatchObject({ code: 'media_denied' });
    expect(local.sources.screen).toMatchObject({ state: 'none', busy: false, problem: null });
  });

  it('notices that the shared window was closed', async () => {
    const { media, local } = setUp();
    const notices = noticesOf(local);
    await local.startShare();
    media.tracks.find(({ kind }) => kind === 'video')?.unplug();
    expect(notices).toEqual([{ kind: 'share_ended', source: 'screen' }]);
    expect(local.sources.screen.track).toBe(null);
    expect(local.sources.screenAudio.track).toBe(null);
  });

  it('a second time takes the place of the first', async () => {
    const { media, local } = setUp();
    const notices = noticesOf(local);
    await local.startShare();
    await local.startShare();
    expect(media.tracks.map(({ readyState }) => readyState)).toEqual(['ended', 'ended', 'live', 'live']);
    expect(notices).toEqual([]);
  });

  it('that ends after close() stops what it got', async () => {
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
  it('with the only camera unplugged says so', async () => {
    const { media, local } = setUp();
    const notices = noticesOf(local);
    await local.openAll();
    media.refuse = () => 'NotFoundError';
    media.tracks.find(({ kind }) => kind === 'video')?.unplug();
    await vi.waitFor(() => expect(notices).toEqual([{ kind: 'device_lost', source: 'camera' }]));
    expect(local.sources.camera).toMatchObject({ state: 'off', track: null, problem: 'media_missing' });
    expect(local.sources.microphone.state).toBe('on');
  });

  it('with a headset unplugged goes on with another microphone', async () => {
    const { media, local } = setUp();
    const notices = noticesOf(local);
    await local.openAll();
    media.tracks.find(({ kind }) => kind === 'audio')?.unplug();
    await vi.waitFor(() => expect(notices).toEqual([{ kind: 'device_fallback', source: 'microphone' }]));
    expect(local.sources.microphone).toMatchObject({ state: 'on', track: { readyState: 'live' } });
  });

  it('with a headset unplugged while muted stays muted', async () => {
    const { media, local } = setUp();
    const notices = noticesOf(local);
    await local.openAll();
    await local.setOn('microphone', false);
    media.tracks.find(({ kind }) => kind === 'audio')?.unplug();
    await vi.waitFor(() => expect(notices).toHaveLength(1));
    expect(local.sources.microphone).toMatchObject({ state: 'off', track: { enabled: false } });
  });

  it('close() stops every device, and a second time is silent', async () => {
    const { media, local } = setUp();
    await local.openAll();
    local.close();
    local.close();
    expect(media.tracks.map(({ readyState }) => readyState)).toEqual(['ended', 'ended']);
  });
});
