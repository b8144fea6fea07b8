/** How one network path fared in the connection test; `unavailable`: the server offers no such path. */
export type Grade = 'good' | 'poor' | 'blocked' | 'unavailable';

/** The connection test; null while a grade is not known. */
export interface ConnectionTestState {
  readonly running: boolean;
  readonly udp: Grade | null;
  readonly tcp: Grade | null;
  readonly turn: Grade | null;
}

export const NO_TEST: ConnectionTestState = { running: false, udp: null, tcp: null, turn: null };
