import type { RecordingPlayerRecord } from '@televisit/shared/features/recording-player';
import type { TranscriptRecord } from '@televisit/shared/features/transcripts';
import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { locale } from '../../../locales/index.ts';
import { LanguageMenu } from '../../components/language-menu.tsx';
import { useHeadingFocus } from '../../hooks/focus.ts';
import { useLanguage } from '../../hooks/language.ts';
import { DateTime, Message } from '../../screens/message.tsx';
import { KeyList } from './key-list.tsx';
import { usePlayerData, type PlayerData } from './player-data.ts';
import { act, actionOf, SPEEDS } from './player-keys.ts';
import type { PlayerLink } from './player-link.ts';
import { t } from './texts.ts';
import { Transcript } from './transcript.tsx';
import './player.css';

/** The page that plays a recording. */
export function PlayerPage({ link }: { readonly link: PlayerLink }) {
  const language = useLanguage();
  const { check, ...data } = usePlayerData(link);
  useEffect(() => {
    document.title = t('player.title');
  }, [language]);
  const { record, problem, transcript } = data;
  if (problem === null && record?.composition) {
    return <Player record={record} url={record.composition.url} transcript={transcript} onBroken={check} />;
  }
  return <Waiting {...data} />;
}

/** Says why there is nothing to play, or not yet. */
function Waiting({ record, problem }: PlayerData) {
  if (problem !== null) {
    return (
      <Message
        key={problem}
        title={t(`player.${problem}.title`)}
        text={t(`player.${problem}.text`)}
        testId={`player-${problem}`}
      />
    );
  }
  if (!record) return <Message key="loading" title={t('player.loading')} busy />;
  const { job, status } = record;
  if (status !== 'ready') return said('unfinished');
  if (job?.status === 'failed') return said('failed');
  if (!job || job.status === 'done') return said('none');
  const percent = new Intl.NumberFormat(locale(), { style: 'percent' }).format(job.progress);
  return (
    <Message
      key="preparing"
      title={t('player.preparing.title')}
      text={t('player.preparing.text')}
      testId="player-preparing"
    >
      <progress
        class="player-progress"
        max={1}
        value={job.progress}
        aria-label={t('player.preparing.title')}
      />
      <p>{t('player.preparing.done', { percent })}</p>
    </Message>
  );
}

const said = (what: 'unfinished' | 'failed' | 'none') => (
  <Message
    key={what}
    title={t(`player.${what}.title`)}
    text={t(`player.${what}.text`)}
    testId={`player-${what}`}
  />
);

interface PlayerProps {
  readonly record: RecordingPlayerRecord;
  readonly url: string;
  readonly transcript: TranscriptRecord | null;
  /** Called when the video can't be read, for instance because the link has expired. */
  readonly onBroken: () => void;
}

/** The video with what was said beside it. */
function Player({ record, url, transcript, onBroken }: PlayerProps) {
  const news = useNews(url, transcript, record.transcript === null);
  const heading = useHeadingFocus();
  const video = useRef<HTMLVideoElement>(null);
  const [seconds, setSeconds] = useState(0);
  const [speed, setSpeed] = useState(1);
  const [isBroken, setBroken] = useState(false);
  usePlayerKeys(video);
  const broken = () => {
    setBroken(true);
    onBroken();
  };
  const seek = (to: number) => {
    if (video.current) video.current.currentTime = to;
  };
  return (
    <main class="player" data-testid="player">
      <header class="player-header">
        <div>
          <h1 ref={heading} tabIndex={-1}>
            {t('player.title')}
          </h1>
          <DateTime at={Date.parse(record.startedAt)} />
        </div>
        <LanguageMenu />
      </header>
      <div class="player-main" data-transcript={transcript !== null}>
        <Film
          video={video}
          url={url}
          record={record}
          onSeconds={setSeconds}
          onSpeed={setSpeed}
          onBroken={broken}
        />
        <div class="player-tools">
          <p class={news ? 'player-news' : 'visually-hidden'} role="status" data-testid="player-news">
            {news && t(`player.news.${news}`)}
          </p>
          {isBroken && (
            <p class="notice" role="alert">
              {t('player.broken')}
            </p>
          )}
          <Speed speed={speed} onChoose={(next) => video.current && (video.current.playbackRate = next)} />
          <KeyList />
        </div>
        {transcript && <Transcript transcript={transcript} seconds={seconds} onSeek={seek} />}
      </div>
    </main>
  );
}

interface FilmProps extends Pick<PlayerProps, 'record' | 'url' | 'onBroken'> {
  readonly video: RefObject<HTMLVideoElement | null>;
  readonly onSeconds: (seconds: number) => void;
  readonly onSpeed: (speed: number) => void;
}

/** The video with the controls of the browser, and captions. */
function Film({ video, url, record, onSeconds, onSpeed, onBroken }: FilmProps) {
  const captions = record.transcript;
  useCaptions(video, captions?.version);
  useSamePlace(video, url);
  return (
    <div class="player-film">
      <video
        ref={video}
        class="player-video"
        controls
        playsInline
        preload="metadata"
        src={url}
        poster={record.thumbnail?.url}
        aria-label={t('player.title')}
        data-testid="player-video"
        onTimeUpdate={(event) => onSeconds(event.currentTarget.currentTime)}
        onSeeking={(event) => onSeconds(event.currentTarget.currentTime)}
        onRateChange={(event) => onSpeed(event.currentTarget.playbackRate)}
        onError={onBroken}
      >
        {captions && (
          <track
            key={captions.version}
            kind="captions"
            default
            src={captions.captionsUrl}
            label={t('player.captions')}
          />
        )}
      </video>
    </div>
  );
}

/** Shows the captions, also changed ones, until the person has switched them off. */
function useCaptions(video: RefObject<HTMLVideoElement | null>, version: string | undefined): void {
  const areShown = useRef(true);
  useLayoutEffect(() => {
    const tracks = video.current?.textTracks;
    const changed = () => {
      const [track] = tracks ?? [];
      if (track) areShown.current = track.mode === 'showing';
    };
    // Some browsers leave them off unless the person's settings ask for them.
    for (const track of tracks ?? []) track.mode = areShown.current ? 'showing' : 'hidden';
    tracks?.addEventListener('change', changed);
    return () => tracks?.removeEventListener('change', changed);
  }, [version]);
}

/** Continues where the person was when another video takes the place of the one that is played. */
function useSamePlace(video: RefObject<HTMLVideoElement | null>, url: string): void {
  const last = useRef({ url, seconds: 0, speed: 1, isPlaying: false });
  useLayoutEffect(() => {
    const element = video.current;
    if (!element) return;
    const remember = () => {
      // Loading another video resets all of that.
      if (element.readyState === HTMLMediaElement.HAVE_NOTHING || last.current.url !== url) return;
      const { currentTime: seconds, playbackRate: speed, paused } = element;
      last.current = { url, seconds, speed, isPlaying: !paused };
    };
    const continued = () => {
      const { url: before, seconds, speed, isPlaying } = last.current;
      if (before === url) return;
      element.currentTime = seconds;
      element.playbackRate = speed;
      if (isPlaying) element.play().catch(() => undefined);
      last.current = { ...last.current, url };
    };
    const events = ['timeupdate', 'play', 'pause', 'ratechange', 'seeked'];
    for (const event of events) element.addEventListener(event, remember);
    element.addEventListener('loadedmetadata', continued);
    return () => {
      for (const event of events) element.removeEventListener(event, remember);
      element.removeEventListener('loadedmetadata', continued);
    };
  }, [url]);
}

/**
 * Returns what has changed last since the player opened; null before.
 * @param isWithout whether there is no transcript; one that is still being read is part of opening the page
 */
function useNews(url: string, transcript: TranscriptRecord | null, isWithout: boolean) {
  const [news, setNews] = useState<'video' | 'transcript' | 'correction' | null>(null);
  const before = useRef({ url, transcript, isOpen: isWithout });
  useEffect(() => {
    const { isOpen, ...known } = before.current;
    before.current = { url, transcript, isOpen: isOpen || transcript !== null };
    if (url !== known.url) setNews('video');
    else if (transcript && transcript !== known.transcript && isOpen) {
      setNews(known.transcript ? 'correction' : 'transcript');
    }
  }, [url, transcript]);
  return news;
}

function Speed({ speed, onChoose }: { speed: number; onChoose: (speed: number) => unknown }) {
  const text = new Intl.NumberFormat(locale());
  // The browser's own menu has others.
  const speeds = [...new Set([...SPEEDS, speed])].sort((left, right) => left - right);
  return (
    <label class="player-speed">
      <span>{t('player.speed')}</span>
      <select
        value={String(speed)}
        data-testid="player-speed"
        onChange={(event) => onChoose(Number(event.currentTarget.value))}
      >
        {speeds.map((one) => (
          <option key={one} value={String(one)}>
            {t('player.times', { speed: text.format(one) })}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Lets keys control the video wherever the focus is. */
function usePlayerKeys(video: { readonly current: HTMLVideoElement | null }): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const on = event.target instanceof Element ? event.target : null;
      if (!video.current || on?.matches('input, select, textarea')) return;
      const action = actionOf(event, on?.closest('button, summary, a') != null);
      if (action === null) return;
      // Otherwise the browser's controls would do it a second time.
      event.preventDefault();
      act(video.current, action);
    };
    addEventListener('keydown', pressed, { capture: true });
    return () => removeEventListener('keydown', pressed, { capture: true });
  }, []);
}
