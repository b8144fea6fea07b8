import type { Attendee, MeetingPerson } from '../meeting-provider.ts';

/** The characters of string user accounts (Agora, RtcTokenBuilder2). */
const ALLOWED = /^[a-zA-Z0-9 !#$%&()+\-:;<=.>?@[\]^_{}|~,]{1,255}$/;
/** Begins accounts that are aliases. */
const ALIAS = '~';

/** Returns the account by which Agora knows a person: their user id, or their alias if the id has other characters. */
export function accountOf({ userId, alias }: Pick<MeetingPerson, 'userId' | 'alias'>): string {
  return ALLOWED.test(userId) && !userId.startsWith(ALIAS) ? userId : ALIAS + alias;
}

/** Returns who an account is. */
export function personOf(account: string): Attendee {
  return account.startsWith(ALIAS) ? { reference: account } : { userId: account };
}
