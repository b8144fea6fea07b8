import { describe, expect, it, vi } from 'vitest';
import { FakeMediaDevices, FakeStorage, FORBIDDEN_STORAGE } from '../testing/fakes.ts';
import { Devices } from './devices.ts';

describe('Devices', () => {
  it('list() groups devices by kind', async () => {
    const lists = await new Devices(new FakeMediaDevices().asMediaDevices(), null).list();
    expect(lists.camera).toEqual([{ id: 'videoinput-1', label: 'the videoinput' }]);
    expect(lists.microphone).toHaveLength(1);
    expect(lists.speaker).toHaveLength(1);
  });

  it('list() is empty when the browser refuses', async () => {
    const media = new FakeMediaDevices();
    media.enumerateDevices = () => Promise.reject(new Error('no'));
    expect((await new Devices(media.asMediaDevices(), null).list()).camera).toEqual([]);
  });

  it('open() requests both devices at once, with speech settings and 720p at 30 frames', async () => {
    const media = new FakeMediaDevices();
    const tracks = await new Devices(media.asMediaDevices(), null).open(['microphone', 'camera']);
    expect(Object.keys(tracks).sort()).toEqual(['camera', 'microphone']);
    expect(media.requests).toEqual([
      {
        audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
        video: {
          width: { ideal: 1280 },
          height: { ideal: 720 },
          frameRate: { ideal: 30, max: 30 },
          facingMode: { ideal: 'user' },
        },
      },
    ]);
  });

  it('open() does not request the camera for the microphone alone', async () => {
    const media = new FakeMediaDevices();
    await new Devices(media.asMediaDevices(), null).open(['microphone']);
    expect(media.requests[0]).not.toHaveProperty('video');
  });

  it('open() requests exactly the device of choose()', async () => {
    const media = new FakeMediaDevices();
    const devices = new Devices(media.asMediaDevices(), null);
    devices.choose('camera', 'cam-7');
    devices.choose('microphone', 'mic-7');
    await devices.open(['camera', 'microphone']);
    expect(media.requests[0]).toMatchObject({
      audio: { deviceId: { exact: 'mic-7' } },
      video: { deviceId: { exact: 'cam-7' } },
    });
    expect(media.requests[0]?.video).not.toHaveProperty('facingMode');
  });

  it('open() throws media_denied when permission is denied', async () => {
    const media = new FakeMediaDevices();
    media.refuse = () => 'NotAllowedError';
    const devices = new Devices(media.asMediaDevices(), null);
    await expect(devices.open(['camera'])).rejects.toMatchObject({ code: 'media_denied' });
  });

  it('open() falls back to another device when the chosen one is missing', async () => {
    const media = new FakeMediaDevices();
    const devices = new Devices(media.asMediaDevices(), null);
    devices.choose('camera', 'cam-7');
    media.refuse = () => (media.requests.length === 1 ? 'OverconstrainedError' : null);
    const { camera } = await devices.open(['camera']);
    expect(camera?.readyState).toBe('live');
    expect(media.requests).toMatchObject([
      { video: { deviceId: { exact: 'cam-7' } } },
      { video: { deviceId: { ideal: 'cam-7' } } },
    ]);
  });

  it('open() throws media_insecure on an insecure page, and list() is empty', async () => {
    const devices = new Devices(undefined, null);
    await expect(devices.open(['camera'])).rejects.toMatchObject({ code: 'media_insecure' });
    expect((await devices.list()).camera).toEqual([]);
  });

  it('choose() is remembered for the next visit', () => {
    const storage = new FakeStorage();
    new Devices(undefined, storage).choose('speaker', 'headset');
    expect(new Devices(undefined, storage).choice).toEqual({
      microphone: null,
      camera: null,
      speaker: 'headset',
    });
  });

  it.each(['not json', '"text"', '{"camera":7}', 'null'])('ignores a stored choice of %s', (stored) => {
    const storage = new FakeStorage();
    storage.setItem('televisit:devices', stored);
    expect(new Devices(undefined, storage).choice.camera).toBeNull();
  });

  it('choose() lasts as long as the page when storage is forbidden', () => {
    const devices = new Devices(undefined, FORBIDDEN_STORAGE);
    devices.choose('camera', 'cam-7');
    expect(devices.choice.camera).toBe('cam-7');
  });

  it('openScreen() does not request the sound of the whole device, which includes the others’ voices', async () => {
    const media = new FakeMediaDevices();
    await new Devices(media.asMediaDevices(), null).openScreen();
    expect(media.screenRequests).toEqual([
      {
        video: { frameRate: { ideal: 15, max: 15 } },
        audio: true,
        systemAudio: 'exclude',
        windowAudio: 'exclude',
        selfBrowserSurface: 'exclude',
      },
    ]);
  });

  it('onChange() calls back on plugging until it is unsubscribed', () => {
    const media = new FakeMediaDevices();
    const listener = vi.fn();
    const stop = new Devices(media.asMediaDevices(), null).onChange(listener);
    media.dispatchEvent(new Event('devicechange'));
    stop();
    media.dispatchEvent(new Event('devicechange'));
    expect(listener).toHaveBeenCalledOnce();
  });
});
