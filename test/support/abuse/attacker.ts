/** The program of an attacker: runs one attack after the other, as its parent asks for. */
import process from 'node:process';
import type { Outcome, Target } from './attack.ts';
import { ATTACKS, type AttackName } from './attacks.ts';

export interface AttackRequest {
  readonly name: AttackName;
  readonly target: Target;
  readonly share: number;
}

export type AttackReport = { readonly outcome: Outcome } | { readonly error: string };

process.on('message', ({ name, target, share }: AttackRequest) => {
  ATTACKS[name](target, share).then(
    (outcome) => process.send?.({ outcome } satisfies AttackReport),
    (error: unknown) =>
      process.send?.({ error: String((error as Error).stack ?? error) } satisfies AttackReport),
  );
});
// Sockets that the server cuts must not end the attacker.
process.on('uncaughtException', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') throw error;
});
