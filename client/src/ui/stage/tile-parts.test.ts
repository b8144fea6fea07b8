import { describe, expect, it } from 'vitest';
import { INITIAL_STATE } from '../testing/fakes.ts';
import { cameraPaused, qualityMessage } from './tile-parts.tsx';

const full = { mediaMode: 'full', saveData: false } as const;
const weak = { mediaMode: 'audio_only', saveData: false } as const;
const saving = { mediaMode: 'audio_only', saveData: true } as const;

describe('qualityMessage', () => {
  it('reports audio only, not the network, if the person switched it', () => {
    expect(qualityMessage(full, saving)).toBe('quality.soundOnlyOn');
    expect(qualityMessage(weak, saving)).toBe('quality.soundOnlyOn');
    expect(qualityMessage(saving, full)).toBe('quality.soundOnlyOff');
  });

  it('reports the network if the network changed the mode', () => {
    expect(qualityMessage(full, weak)).toBe('quality.mode.audio_only');
    expect(qualityMessage(weak, full)).toBe('quality.mode.full');
  });

  it('reports the reduced mode if the network is weak after saving data ends', () => {
    expect(qualityMessage(saving, { mediaMode: 'reduced', saveData: false })).toBe('quality.mode.reduced');
  });

  it('returns null if nothing changes, or if video is off anyway', () => {
    expect(qualityMessage(full, full)).toBeNull();
    expect(qualityMessage({ mediaMode: 'full', saveData: true }, saving)).toBeNull();
  });
});

describe('cameraPaused', () => {
  const local = (state: 'on' | 'off') => ({
    ...INITIAL_STATE.local,
    camera: { ...INITIAL_STATE.local.camera, state },
  });

  it('returns true only for a camera that is on in audio-only mode', () => {
    expect(cameraPaused({ mediaMode: 'audio_only', local: local('on') })).toBe(true);
    expect(cameraPaused({ mediaMode: 'audio_only', local: local('off') })).toBe(false);
    expect(cameraPaused({ mediaMode: 'no_remote_video', local: local('on') })).toBe(false);
  });
});
