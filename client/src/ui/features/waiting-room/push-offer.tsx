import { useEffect, useRef, useState } from 'preact/hooks';
import { MessageIcon } from '../../components/icons.tsx';
import { browserStorage } from '../../hooks/browser-storage.ts';
import type { ScreenProps } from '../feature.ts';
import { PushMessages, supportsPush, type PushStanding } from './push-messages.ts';
import { t } from './texts.ts';

/** The screens of people who are not in the call yet. */
const PHASES: readonly ScreenProps['state']['phase'][] = ['ready', 'joining', 'waiting'];
const TEXTS = { on: 'push.on', blocked: 'push.blocked', failed: 'push.failed' } as const;

/**
 * Offers a message of the browser when a host is there, above preview and waiting room. Shown to people who are not hosts, if
 * server and browser can do it, as long as no host is known to be there.
 */
export function PushOffer({ client, state }: ScreenProps) {
  const { session, phase, waiting } = state;
  const key = session?.pushKey;
  const isWanted =
    PHASES.includes(phase) && !client.can('moderate') && waiting?.hostPresent !== true && supportsPush();
  if (!session || key === undefined || !isWanted) return null;
  return <Offer key={key} client={client} sessionId={session.sessionId} serverKey={key} />;
}

interface OfferProps {
  client: ScreenProps['client'];
  sessionId: string;
  serverKey: string;
}

function Offer({ client, sessionId, serverKey }: OfferProps) {
  const kept = useRef(new KeptStanding(sessionId));
  const [standing, setStanding] = useState<PushStanding>(() => kept.current.read());
  const [busy, setBusy] = useState(false);
  const mounted = useRef(true);
  useEffect(() => () => void (mounted.current = false), []);
  const on = standing === 'on';
  const toggle = async () => {
    setBusy(true);
    const messages = new PushMessages(() => client.joinLink(), serverKey);
    const next = await (on ? messages.turnOff() : messages.turnOn());
    kept.current.write(next);
    if (!mounted.current) return;
    setStanding(next);
    setBusy(false);
  };
  const label = on ? 'push.off' : standing === 'off' ? 'push.offer' : 'push.again';
  return (
    <section
      class="push-offer"
      aria-label={t('push.offer')}
      data-testid="push-offer"
      data-standing={standing}
    >
      <p role="status">{busy ? t('push.asking') : standing !== 'off' && t(TEXTS[standing])}</p>
      <button
        type="button"
        class="button button-small button-quiet"
        data-testid="push-button"
        aria-busy={busy}
        aria-disabled={busy}
        onClick={() => void (busy || toggle())}
      >
        {busy ? <span class="spinner" aria-hidden="true" /> : <MessageIcon />}
        {t(label)}
      </button>
    </section>
  );
}

/** Whether this tab receives messages about a visit, for a reload of the page. */
class KeptStanding {
  readonly #name: string;
  readonly #storage = browserStorage(() => sessionStorage);

  constructor(sessionId: string) {
    this.#name = `televisit.push.${sessionId}`;
  }

  read(): PushStanding {
    const isOn = this.#storage?.getItem(this.#name) === 'on' && Notification.permission === 'granted';
    return isOn ? 'on' : 'off';
  }

  write(standing: PushStanding): void {
    if (standing === 'on') this.#storage?.setItem(this.#name, 'on');
    else this.#storage?.removeItem(this.#name);
  }
}
