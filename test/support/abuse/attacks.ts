import type { Attack } from './attack.ts';
import {
  badHandshakes,
  foreignOrigins,
  idleAfterHandshake,
  idleBeforeHandshake,
  slowUpgrades,
  stolenTokens,
} from './handshake-attacks.ts';
import {
  guessedIds,
  jsonBombs,
  patientCallsOperations,
  slowRequests,
  traversal,
  zipBombs,
} from './http-attacks.ts';
import { badMessages, compression, floods, hostMessages, oversizedFrames } from './message-attacks.ts';
import { packets } from './packet-attacks.ts';
import { forgedRequests } from './url-attacks.ts';

/** Every attack by what it does. */
export const ATTACKS = {
  'bad handshakes': badHandshakes,
  'foreign origins': foreignOrigins,
  'stolen tokens': stolenTokens,
  'bad messages': badMessages,
  'floods by participants': floods,
  'oversized frames': oversizedFrames,
  'compressed frames': compression,
  'idle before the handshake': idleBeforeHandshake,
  'idle after the handshake': idleAfterHandshake,
  'slow requests': slowRequests,
  'slow Upgrades': slowUpgrades,
  'JSON bombs': jsonBombs,
  'zip bombs': zipBombs,
  'guessed ids and links': guessedIds,
  'host messages by a patient': hostMessages,
  'operations by a patient': patientCallsOperations,
  'path traversal': traversal,
  'forged requests (SSRF)': forgedRequests,
  'packets of strangers': packets,
} as const satisfies Record<string, Attack>;

export type AttackName = keyof typeof ATTACKS;
