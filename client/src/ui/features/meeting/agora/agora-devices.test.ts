import { beforeEach, describe, expect, it } from 'vitest';
import { AgoraDevices, type DeviceStates } from './agora-devices.ts';
import { FakeAgora } from './testing/fake-agora.ts';
import type { AgoraLocalTrack } from './agora-sdk.ts';

let agora: FakeAgora;
let states: DeviceStates[];
let ready: AgoraLocalTrack[];
let gone: AgoraLocalTrack[];
let devices: AgoraDevices;

beforeEach(() => {
  agora = new FakeAgora();
  states = [];
  ready = [];
  gone = [];
  devices = new AgoraDevices({
    sdk: agora,
    onChange: (state) => states.push(state),
    onReady: (track) => ready.push(track),
    onGone: (track) => gone.push(track),
  });
});
const state = () => states.at(-1);

describe('AgoraDevices', () => {
  it('opens both with one prompt', async () => {
    await devices.open();
    expect(agora.prompts).toBe(1);
    expect(states[0]).toMatchObject({ microphone: { busy: true }, camera: { busy: true } });
    expect(state()).toMatchObject({
      microphone: { on: true, busy: false, track: { source: 'microphone' } },
      camera: { on: true, busy: false, track: { source: 'camera' } },
    });
    expect(ready).toEqual(agora.tracks);
  });

  it.each([
    ['PERMISSION_DENIED', 'media_denied'],
    ['DEVICE_NOT_FOUND', 'media_missing'],
    ['CONSTRAINT_NOT_SATISFIED', 'media_missing'],
    ['NOT_READABLE', 'media_in_use'],
    ['WEB_SECURITY_RESTRICT', 'media_insecure'],
    ['NOT_SUPPORTED', 'media_unsupported'],
    ['UNEXPECTED_ERROR', 'media_missing'],
  ])('opens the microphone if the camera fails with %s, and calls that %s', async (code, problem) => {
    agora.broken.camera = code;
    await devices.open();
    expect(state()).toMatchObject({
      microphone: { on: true, problem: null },
      camera: { on: false, busy: false, track: null, problem },
    });
    expect(devices.tracks).toEqual([agora.track('microphone')]);
  });

  it('mutes the microphone without closing it', async () => {
    await devices.open();
    await devices.setOn('microphone', false);
    const track = agora.track('microphone');
    expect(track.calls).toEqual(['muted:true']);
    expect(track.closed).toBe(false);
    expect(state()?.microphone).toMatchObject({ on: false, busy: false });
    await devices.setOn('microphone', true);
    expect(track.calls).toEqual(['muted:true', 'muted:false']);
    expect(state()?.microphone.on).toBe(true);
  });

  it('closes the camera that is switched off, and shows the new picture after it is switched on', async () => {
    await devices.open();
    const before = state()?.camera.track;
    await devices.setOn('camera', false);
    expect(agora.track('camera').calls).toEqual(['enabled:false']);
    expect(state()?.camera).toMatchObject({ on: false, track: null });
    expect(devices.tracks).toEqual([agora.track('microphone')]);
    await devices.setOn('camera', true);
    expect(state()?.camera.on).toBe(true);
    expect(state()?.camera.track).not.toBe(before);
  });

  it('opens a device again after it failed to switch on', async () => {
    await devices.open();
    await devices.setOn('camera', false);
    const first = agora.track('camera');
    first.failing = 'NOT_READABLE';
    await devices.setOn('camera', true);
    expect(state()?.camera).toMatchObject({ on: false, problem: 'media_in_use' });
    expect(gone).toEqual([first]);
    expect(first.closed).toBe(true);
    await devices.setOn('camera', true);
    expect(state()?.camera).toMatchObject({ on: true, problem: null });
    expect(agora.track('camera')).not.toBe(first);
  });

  it('reports a device that is unplugged', async () => {
    await devices.open();
    agora.track('microphone').end();
    expect(state()?.microphone).toMatchObject({ on: false, track: null, problem: 'media_missing' });
    expect(gone).toEqual([agora.track('microphone')]);
  });

  it('ignores a switch while the device is busy', async () => {
    await devices.open();
    const track = agora.track('microphone');
    await Promise.all([devices.setOn('microphone', false), devices.setOn('microphone', false)]);
    expect(track.calls).toEqual(['muted:true']);
  });

  it('closes devices that open after close()', async () => {
    const opening = devices.open();
    devices.close();
    await opening;
    expect(agora.tracks).toHaveLength(2);
    expect(agora.tracks.every(({ closed }) => closed)).toBe(true);
    expect(ready).toEqual([]);
  });
});
