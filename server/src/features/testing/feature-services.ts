import pino from 'pino';
import { JoinTokens } from '../../access/join-token.ts';
import { LinkSignatures } from '../../access/link-signature.ts';
import { RateLimits } from '../../access/rate-limits.ts';
import type { Clock } from '../../core/clock.ts';
import { randomIds } from '../../domain/ids.ts';
import type { Sessions } from '../../domain/sessions.ts';
import { GRACE } from '../../domain/testing/sessions.ts';
import type { FeatureServices } from '../feature.ts';
import type { OwnStores } from '../stores.ts';

/** Returns what features need, for tests that have no other process to ask. */
export function featureServices(
  { features }: { readonly features: OwnStores },
  sessions: Sessions,
  clock: Clock,
): FeatureServices {
  return {
    sessions,
    stores: features,
    clock,
    ids: randomIds,
    graceMs: GRACE,
    logger: pino({ level: 'silent' }),
    signatures: new LinkSignatures(['a secret of the tests']),
    clientBaseUrl: () => 'https://visits.example.org',
    tokens: new JoinTokens(['a secret of the tests'], clock, randomIds),
    rateLimits: new RateLimits({ secretPerSecond: 0, addressPerMinute: 0 }),
    askRooms: () => Promise.resolve([]),
    recording: null,
    speechToText: null,
    speech: null,
    recordingObserver: null,
    translator: null,
  };
}
