import { describe, expect, it } from 'vitest';
import { ConfigError, parseConfig } from '../config.ts';

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    parseConfig(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

const PRODUCTION = {
  NODE_ENV: 'production',
  CLIENT_BASE_URL: 'https://visits.test',
  INTERNAL_SECRET: 'q8Gf3kP0sWm5Zt1xYb7Nc2Hv6Ld9Rj4E',
  VIDEO_JWT_SECRET: 'Tz5Qe1Ux8Mo3Cy6Kw0Pb9Sg4Fh2Ja7DnV',
  ANNOUNCED_ADDRESS: '203.0.113.7',
};

describe('parseConfig', () => {
  it('has no speech engines by default', () => {
    expect(parseConfig({}).speech).toEqual({ dir: null, modelDir: null, transcripts: null, captions: null });
  });

  it('reads the local engines with the model of the set-up', () => {
    expect(
      parseConfig({ SPEECH_DIR: '/speech', STT_ENGINE: 'whisper', CAPTIONS_ENGINE: 'local' }).speech,
    ).toEqual({
      dir: '/speech',
      modelDir: '/speech/models/whisper-base',
      transcripts: { engine: 'whisper' },
      captions: { engine: 'local', maxPeople: 20 },
    });
  });

  it('prefers the model of the operator', () => {
    const env = { SPEECH_DIR: '/speech', STT_ENGINE: 'whisper', STT_MODEL_DIR: '/models/whisper-small' };
    expect(parseConfig(env).speech.modelDir).toBe('/models/whisper-small');
  });

  it('reads services', () => {
    const env = {
      STT_ENGINE: 'http',
      STT_URL: 'http://whisper:8000/',
      STT_API_KEY: 'key',
      STT_MODEL: 'large',
      CAPTIONS_ENGINE: 'deepgram',
      CAPTIONS_URL: 'wss://captions.test/v1/listen?model=medical',
      CAPTIONS_API_KEY: 'other',
      CAPTIONS_MAX_PEOPLE: '5',
    };
    expect(parseConfig(env).speech).toMatchObject({
      transcripts: { engine: 'http', url: 'http://whisper:8000', apiKey: 'key', model: 'large' },
      captions: {
        engine: 'deepgram',
        url: 'wss://captions.test/v1/listen?model=medical',
        apiKey: 'other',
        maxPeople: 5,
      },
    });
  });

  it.each([
    [{ STT_ENGINE: 'yes' }, /^STT_ENGINE must be off, whisper or http/],
    [{ STT_ENGINE: 'whisper' }, /STT_ENGINE=whisper needs SPEECH_DIR: "node scripts\/setup\.mjs --speech"/],
    [{ CAPTIONS_ENGINE: 'local' }, /CAPTIONS_ENGINE=local needs SPEECH_DIR/],
    [{ STT_ENGINE: 'http' }, /STT_ENGINE=http needs STT_URL/],
    [{ CAPTIONS_ENGINE: 'deepgram' }, /CAPTIONS_ENGINE=deepgram needs CAPTIONS_URL/],
    [{ STT_URL: 'http://whisper' }, /STT_URL needs STT_ENGINE=http/],
    [{ STT_MODEL_DIR: '/m' }, /STT_MODEL_DIR needs STT_ENGINE=whisper or CAPTIONS_ENGINE=local/],
    [{ CAPTIONS_API_KEY: 'k' }, /CAPTIONS_API_KEY needs CAPTIONS_ENGINE=deepgram/],
    [{ STT_ENGINE: 'http', STT_URL: 'whisper:8000' }, /^STT_URL must be an http or https address/],
    [{ STT_ENGINE: 'http', STT_URL: 'http://a:b@whisper' }, /^STT_URL must be .* without user/],
    [{ STT_ENGINE: 'http', STT_URL: 'http://w', STT_API_KEY: 'a b' }, /^STT_API_KEY must not have spaces/],
    [{ CAPTIONS_ENGINE: 'deepgram', CAPTIONS_URL: 'https://d' }, /^CAPTIONS_URL must be a ws or wss address/],
    [{ CAPTIONS_MAX_PEOPLE: '0' }, /^CAPTIONS_MAX_PEOPLE must be 1 to 1000/],
  ])('rejects %j', (environment, problem) => {
    expect(problemsOf(environment)).toEqual([expect.stringMatching(problem)]);
  });

  it('rejects unencrypted addresses outside the own network in production', () => {
    const outside = { STT_ENGINE: 'http', STT_URL: 'http://stt.test' };
    expect(problemsOf({ ...PRODUCTION, ...outside })).toEqual([
      'STT_URL must be an https address, unless the service is on your own network.',
    ]);
    const captions = { CAPTIONS_ENGINE: 'deepgram', CAPTIONS_URL: 'ws://captions.test' };
    expect(problemsOf({ ...PRODUCTION, ...captions })).toEqual([
      'CAPTIONS_URL must be a wss address, unless the service is on your own network.',
    ]);
    expect(problemsOf({ ...PRODUCTION, ...outside, STT_URL: 'http://10.0.0.7:8000' })).toEqual([]);
  });
});
