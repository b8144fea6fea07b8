import type { MeetingView } from '@televisit/shared/provider-operations';
import { useEffect, useRef } from 'preact/hooks';
import { nameOf } from '../../../format/names.ts';
import { say } from '../../../hooks/speech.ts';
import type { AgoraState } from './agora-channel.ts';
import type { RemotePerson } from './agora-users.ts';
import { t } from './texts.ts';

/** Returns a person's name by their account. */
export type Names = (account: string) => string;

/** Agora has no names: it identifies a participant by user id, or by an account of its own if it does not accept the id. */
export function namesOf(people: readonly MeetingView['people'][number][]): Names {
  return (account) => {
    const person = people.find(({ userId, account: known }) => (known ?? userId) === account);
    return person ? nameOf(person) : t('agora.participant');
  };
}

/** Returns the accounts that came and went between two states. A reconnection is not a movement. */
export function accountsMoved(before: AgoraState, after: AgoraState) {
  if (before.phase !== 'joined' || after.phase !== 'joined') return { came: [], left: [] };
  const missing = (from: readonly RemotePerson[], among: readonly RemotePerson[]) =>
    from.flatMap(({ account }) => (among.some((one) => one.account === account) ? [] : [account]));
  return {
    came: missing(after.others, before.others),
    left: missing(before.others, after.others),
  };
}

/** Has screen readers say who comes and goes. */
export function useMovements(state: AgoraState, names: Names): void {
  const before = useRef(state);
  useEffect(() => {
    const { came, left } = accountsMoved(before.current, state);
    before.current = state;
    for (const account of came) say(t('say.joined', { name: names(account) }));
    for (const account of left) say(t('say.left', { name: names(account) }));
  }, [state]);
}
