import { join } from 'node:path';
import { z } from 'zod';
import { isOnOwnNetwork } from '../core/own-network.ts';

/** The engines that turn speech into text. */
export interface SpeechSettings {
  /** The folder that `node scripts/setup.mjs --speech` prepared; null if there is none. */
  readonly dir: string | null;
  /** The folder of a Whisper model in the format of CTranslate2; null if there is none. */
  readonly modelDir: string | null;
  /** What transcribes recordings; null for nothing. */
  readonly transcripts: { readonly engine: 'whisper' } | HttpEngine | null;
  /** What captions visits; null for nothing. */
  readonly captions: { readonly engine: 'local'; readonly maxPeople: number } | DeepgramEngine | null;
}

/** A service with the API of OpenAI. */
export interface HttpEngine {
  readonly engine: 'http';
  /** What `/v1/audio/transcriptions` is appended to; without a trailing slash. */
  readonly url: string;
  readonly apiKey: string | null;
  readonly model: string;
}

/** A service with the live API of Deepgram. */
export interface DeepgramEngine {
  readonly engine: 'deepgram';
  /** The address of its WebSocket, with the parameters that the operator chose. */
  readonly url: string;
  readonly apiKey: string | null;
  readonly maxPeople: number;
}

const DEFAULT_MODEL = 'whisper-1';
const DEFAULT_MODEL_DIR = 'models/whisper-base';
const DEFAULT_MAX_PEOPLE = 20;
const INSTALL = '"node scripts/setup.mjs --speech" installs the engines and prints their folder';

export const SPEECH_VARIABLES = {
  SPEECH_DIR: z.string().optional(),
  STT_ENGINE: z
    .enum(['off', 'whisper', 'http'], { error: 'STT_ENGINE must be off, whisper or http' })
    .default('off'),
  STT_MODEL_DIR: z.string().optional(),
  STT_URL: z
    .string()
    .refine((text) => isAddress(text, /^https?:$/) && !text.includes('?'), {
      message: 'STT_URL must be an http or https address without user, query or fragment',
    })
    .transform((url) => url.replace(/\/+$/, ''))
    .optional(),
  STT_API_KEY: z
    .string()
    .regex(/^[!-~]+$/, 'STT_API_KEY must not have spaces')
    .optional(),
  STT_MODEL: z.string().max(200, 'STT_MODEL must have at most 200 characters').optional(),
  CAPTIONS_ENGINE: z
    .enum(['off', 'local', 'deepgram'], { error: 'CAPTIONS_ENGINE must be off, local or deepgram' })
    .default('off'),
  CAPTIONS_URL: z
    .string()
    .refine((text) => isAddress(text, /^wss?:$/), {
      message: 'CAPTIONS_URL must be a ws or wss address without user or fragment',
    })
    .optional(),
  CAPTIONS_API_KEY: z
    .string()
    .regex(/^[!-~]+$/, 'CAPTIONS_API_KEY must not have spaces')
    .optional(),
  CAPTIONS_MAX_PEOPLE: z.coerce
    .number({ error: 'CAPTIONS_MAX_PEOPLE must be a number' })
    .int('CAPTIONS_MAX_PEOPLE must be a whole number')
    .min(1, 'CAPTIONS_MAX_PEOPLE must be 1 to 1000; CAPTIONS_ENGINE=off captions nobody')
    .max(1000, 'CAPTIONS_MAX_PEOPLE must be 1 to 1000')
    .optional(),
};

export type SpeechVariables = z.infer<z.ZodObject<typeof SPEECH_VARIABLES>>;

/** Returns the settings of variables without problems. */
export function speechSettings(env: SpeechVariables): SpeechSettings {
  const dir = env.SPEECH_DIR ?? null;
  return {
    dir,
    modelDir: env.STT_MODEL_DIR ?? (dir === null ? null : join(dir, DEFAULT_MODEL_DIR)),
    transcripts: transcriptEngine(env),
    captions: captionEngine(env),
  };
}

function transcriptEngine(env: SpeechVariables): SpeechSettings['transcripts'] {
  const {
    STT_ENGINE: engine,
    STT_URL: url,
    STT_API_KEY: apiKey = null,
    STT_MODEL: model = DEFAULT_MODEL,
  } = env;
  if (engine === 'whisper') return { engine };
  return engine === 'http' && url !== undefined ? { engine, url, apiKey, model } : null;
}

function captionEngine(env: SpeechVariables): SpeechSettings['captions'] {
  const { CAPTIONS_ENGINE: engine, CAPTIONS_URL: url, CAPTIONS_API_KEY: apiKey = null } = env;
  const { CAPTIONS_MAX_PEOPLE: maxPeople = DEFAULT_MAX_PEOPLE } = env;
  if (engine === 'local') return { engine, maxPeople };
  return engine === 'deepgram' && url !== undefined ? { engine, url, apiKey, maxPeople } : null;
}

/** Returns a sentence for each setting that lacks another one, or contradicts it. */
export function speechProblems(env: SpeechVariables, production: boolean): string[] {
  const problems = [
    ...unused(env, env.STT_ENGINE === 'http', ['STT_URL', 'STT_API_KEY', 'STT_MODEL'], 'STT_ENGINE=http'),
    ...unused(
      env,
      env.CAPTIONS_ENGINE === 'deepgram',
      ['CAPTIONS_URL', 'CAPTIONS_API_KEY'],
      'CAPTIONS_ENGINE=deepgram',
    ),
    ...unused(
      env,
      env.STT_ENGINE === 'whisper' || env.CAPTIONS_ENGINE === 'local',
      ['STT_MODEL_DIR'],
      'STT_ENGINE=whisper or CAPTIONS_ENGINE=local',
    ),
  ];
  if (env.STT_ENGINE === 'http' && !env.STT_URL) {
    problems.push('STT_ENGINE=http needs STT_URL, the address of a service with the API of OpenAI.');
  }
  if (env.CAPTIONS_ENGINE === 'deepgram' && !env.CAPTIONS_URL) {
    problems.push('CAPTIONS_ENGINE=deepgram needs CAPTIONS_URL, such as wss://api.deepgram.com/v1/listen.');
  }
  if (env.STT_ENGINE === 'whisper' && !env.SPEECH_DIR) {
    problems.push(`STT_ENGINE=whisper needs SPEECH_DIR: ${INSTALL}.`);
  }
  if (env.CAPTIONS_ENGINE === 'local' && !env.SPEECH_DIR) {
    problems.push(`CAPTIONS_ENGINE=local needs SPEECH_DIR: ${INSTALL}.`);
  }
  return production ? [...problems, ...productionProblems(env)] : problems;
}

/** The speech of a visit is health data: it leaves the operator's network encrypted or not at all. */
function productionProblems({ STT_URL, CAPTIONS_URL }: SpeechVariables): string[] {
  const isOpen = (url: string | undefined) =>
    url !== undefined && /^(http|ws):/.test(url) && !isOnOwnNetwork(new URL(url).hostname);
  return [
    ...(isOpen(STT_URL)
      ? ['STT_URL must be an https address, unless the service is on your own network.']
      : []),
    ...(isOpen(CAPTIONS_URL)
      ? ['CAPTIONS_URL must be a wss address, unless the service is on your own network.']
      : []),
  ];
}

function unused(
  env: SpeechVariables,
  isUsed: boolean,
  names: readonly (keyof SpeechVariables)[],
  needs: string,
): string[] {
  if (isUsed) return [];
  return names.filter((name) => env[name] !== undefined).map((name) => `${name} needs ${needs}.`);
}

function isAddress(text: string, protocol: RegExp): boolean {
  if (!URL.canParse(text) || text.includes('#')) return false;
  const url = new URL(text);
  return protocol.test(url.protocol) && url.username === '' && url.password === '';
}
