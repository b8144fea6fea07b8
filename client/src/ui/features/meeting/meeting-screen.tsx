import { useEffect, useRef, useState } from 'preact/hooks';
import type { ProviderMeeting, VisitClient, VisitState } from '../../../sdk/index.ts';
import { nameOf } from '../../format/names.ts';
import { Lazy, useLazy } from '../../hooks/lazy.ts';
import { usePageVisible, useSeconds } from '../../hooks/page.ts';
import { say, useSay } from '../../hooks/speech.ts';
import { PrejoinHeading } from '../../screens/prejoin/prejoin.tsx';
import type { ScreenProps } from '../feature.ts';
import { EndButton, LeaveButton } from './meeting-buttons.tsx';
import { MeetingCheck } from './meeting-check.tsx';
import { MeetingStatusCard } from './meeting-card.tsx';
import { MeetingEntrance } from './meeting-entrance.tsx';
import { closingText, movements, statusOf } from './meeting-status.ts';
import { runsInPage, type InPageProvider, type ProviderCall } from './provider-call.ts';
import { t } from './texts.ts';
import { useMeetingWindow } from './use-meeting-window.ts';

/** A visit that another provider carries: the way in, who is there, and how long it runs. */
export function MeetingScreen({ client, state }: ScreenProps) {
  const { meeting } = state;
  return meeting && <Meeting client={client} state={state} meeting={meeting} />;
}

/** The calls of providers whose meetings run inside the page, each loaded when it is first needed. */
export const CALLS: Readonly<Record<InPageProvider, Lazy<ProviderCall>>> = {
  agora: new Lazy(async () => (await import('./agora/agora-call.tsx')).AgoraCall),
};
const NO_CALL = Lazy.of<ProviderCall | null>(null);

interface Props extends ScreenProps {
  meeting: ProviderMeeting;
}

function Meeting({ client, state, meeting }: Props) {
  const { self } = state;
  const { open, blocked, unblock } = useMeetingWindow(client, meeting);
  const [checking, setChecking] = useState(false);
  const { call, loading, leftCall } = useProviderCall(meeting);
  usePolling(client);
  // The call says itself who comes and goes, and sooner.
  useMovements(meeting, self?.userId ?? null, call === null);
  if (call && self) {
    const { Call, credentials } = call;
    return <Call {...{ client, state, meeting, credentials, self }} onLeft={leftCall} />;
  }
  const hasBegun = state.startedAt !== null || meeting.opening.kind === 'open';
  const status = loading ? { text: t('meeting.opening'), isGood: false } : statusOf(meeting, blocked);
  const enter = () => {
    setChecking(false);
    open();
  };
  return (
    <main class="prejoin meeting" data-testid="meeting" data-stay={meeting.stay}>
      <PrejoinHeading state={state} />
      <div class="prejoin-self">
        <MeetingStatusCard state={state} meeting={meeting} status={status} />
        <About state={state} />
      </div>
      <section class="prejoin-side">
        <Banners state={state} meeting={meeting} />
        <MeetingEntrance state={state} meeting={meeting} blocked={blocked} onOpen={enter} onLink={unblock} />
        <div class="meeting-buttons">
          <LeaveButton client={client} />
          {hasBegun && client.can('end_session') && <EndButton client={client} />}
        </div>
        {meeting.stay !== 'in' && (
          <MeetingCheck client={client} state={state} checking={checking} onChecking={setChecking} />
        )}
        <Tips client={client} state={state} meeting={meeting} />
      </section>
    </main>
  );
}

/** Tells the server less often what it is asked while the page is hidden. */
function usePolling(client: VisitClient): void {
  const visible = usePageVisible();
  useEffect(() => client.meeting?.setHidden(!visible), [visible]);
}

/** Has screen readers say who came and who left; this person knows about themselves. */
function useMovements({ people }: ProviderMeeting, ownId: string | null, spoken: boolean): void {
  const before = useRef(people);
  useEffect(() => {
    const { came, left } = movements(before.current, people);
    before.current = people;
    if (!spoken) return;
    const others = (list: ProviderMeeting['people']) => list.filter(({ userId }) => userId !== ownId);
    for (const person of others(came)) say(t('say.joined', { name: nameOf(person) }));
    for (const person of others(left)) say(t('say.left', { name: nameOf(person) }));
  }, [people]);
}

/** The call of a provider whose meetings run inside the page, once the person has its credentials. */
function useProviderCall({ provider, opening }: ProviderMeeting) {
  const [left, setLeft] = useState<object | null>(null);
  const Call = useLazy(runsInPage(provider) ? CALLS[provider] : NO_CALL);
  const entry = opening.kind === 'open' ? opening.entry : null;
  const entered = entry?.kind === 'credentials' && entry !== left ? entry : null;
  return {
    call: entered && Call ? { Call, credentials: entered.credentials } : null,
    loading: entered !== null && Call === null,
    leftCall: () => setLeft(entry),
  };
}

function Banners({ state, meeting }: Pick<Props, 'state' | 'meeting'>) {
  const reconnecting = state.connection === 'reconnecting' ? t('prejoin.reconnecting') : null;
  const closing = closingText(meeting.closesAt, useSeconds() + state.clockOffset);
  useSay(reconnecting);
  useSay(closing);
  return (
    <>
      {reconnecting !== null && (
        <p class="banner" data-testid="connection-banner">
          {reconnecting}
        </p>
      )}
      {closing !== null && (
        <p class="banner" data-testid="closing-soon">
          {closing}
        </p>
      )}
    </>
  );
}

/** What the visit is about, and for hosts their notes. */
function About({ state: { session } }: { state: VisitState }) {
  const { description = null, hostNotes = null } = session ?? {};
  if (description === null && hostNotes === null) return null;
  return (
    <section class="meeting-card meeting-about" aria-label={t('meeting.about')} data-testid="meeting-about">
      {description !== null && (
        <>
          <h2>{t('meeting.about')}</h2>
          <p dir="auto">{description}</p>
        </>
      )}
      {hostNotes !== null && (
        <>
          <h2>{t('meeting.notes')}</h2>
          <p dir="auto">{hostNotes}</p>
        </>
      )}
    </section>
  );
}

function Tips({ client, state, meeting }: Props) {
  if (runsInPage(meeting.provider)) return null;
  const isHeld = state.session?.options.waitingRoom !== 'off' && !client.can('moderate');
  return (
    <section class="tips" aria-label={t('meeting.tips')}>
      <h2>{t('meeting.tips')}</h2>
      <ul>
        <li>{t('meeting.tip.stay')}</li>
        {isHeld && <li>{t('meeting.tip.held')}</li>}
        <li>{t('meeting.tip.again')}</li>
      </ul>
    </section>
  );
}
