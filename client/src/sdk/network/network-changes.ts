/** Where a browser tells of its network: the window, and the Network Information API where there is one. */
export interface NetworkSignals {
  readonly window: EventTarget | undefined;
  /** `type` is told by phones alone; all browsers that have this tell of every change of an estimate, too. */
  readonly connection: (EventTarget & { readonly type?: string }) | undefined;
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
  let type = connection?.type;
  const change = () => {
    if (connection?.type === type) return;
    type = connection?.type;
    if (type !== 'none') onChange(false);
  };
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
