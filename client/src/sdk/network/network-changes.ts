/** Sources of a browser's network events: the window, and the Network Information API if available. */
export interface NetworkSignals {
  readonly window: EventTarget | undefined;
  /** Only phones report `type`; every browser with this API also reports each change of an estimate. */
  readonly connection: (EventTarget & { readonly type?: string }) | undefined;
}

/**
 * Calls back when the device has changed to another network.
 * @param onChange `wasOffline`: the device was offline in between
 * @returns a function that unsubscribes
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
