import type { ConsoleSession } from '@televisit/shared/console';
import { includesRole } from '@televisit/shared/console.vocabulary';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { ConsoleApi } from './api.ts';
import type { Live } from './live.ts';

/** What the views share while the operator is logged in. */
export interface ConsoleParts {
  readonly api: ConsoleApi;
  readonly live: Live;
  readonly session: ConsoleSession;
}

export const ConsoleContext = createContext<ConsoleParts | null>(null);

/** @throws {Error} outside of the console */
export function useConsole(): ConsoleParts {
  const parts = useContext(ConsoleContext);
  if (!parts) throw new Error('This component is part of the console.');
  return parts;
}

/** Returns whether the operator may change something. */
export function useCanOperate(): boolean {
  return includesRole(useConsole().session.role, 'operator');
}
