/** Where a browser tells of its network: the window, and the Network Information API where there is one. */
export interface NetworkSignals {
  readonly window: Pick<EventTarget, 'addEventListener' | 'removeEventListener'> | undefined;
  readonly connection: Pick<EventTarget, 'addEventListener' | 'removeEventListener'> | undefined;
}

/**
 * Calls back when the device has come to another network.
 * @param onChange `wasOffline`: it was offline in between
 * @returns stops that
 */
export function watchNetwork(
  onChange: (wasOffline: boolean) => void,
  { window, connection }: NetworkSignals = browserSignals(),
): () => void {
  const online = () => onChange(true);
  const change = () => onChange(false);
  window?.addEventListener('online', online);
  connection?.addEventListener('change', change);
  return () => {
    window?.removeEventListener('online', online);
    connection?.removeEventListener('change', change);
  };
}

function browserSignals(): NetworkSignals {
  const { navigator } = globalThis as { navigator?: { connection?: EventTarget } };
  const window = 'addEventListener' in globalThis ? (globalThis as unknown as EventTarget) : undefined;
  return { window, connection: navigator?.connection };
}
