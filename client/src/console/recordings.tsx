import type { ConsoleRecording } from '@televisit/shared/console';
import { fileSize } from '../ui/format/formatters.ts';
import { useConsole } from './context.ts';
import { figure, spanBetween } from './format.ts';
import { At, Badge, Content, Section, useNow, type Tone, None } from './parts.tsx';
import { useResource } from './resource.ts';
import { Table, type Column } from './table.tsx';
import { t } from './texts.ts';

const TONES: Readonly<Record<ConsoleRecording['status'], Tone>> = {
  active: 'bad',
  paused: 'warning',
  finishing: 'busy',
  ready: 'good',
};

/** The recordings of a visit, without media. */
export function Recordings({ sessionId }: { sessionId: string }) {
  const { api } = useConsole();
  const now = useNow();
  const list = useResource(sessionId, [`session:${sessionId}`], (reading) =>
    api.recordings(sessionId, reading),
  );
  const columns: readonly Column<ConsoleRecording>[] = [
    {
      id: 'start',
      label: t('console.visit.start'),
      isHeader: true,
      cell: ({ startedAt }) => <At at={startedAt} />,
    },
    {
      id: 'length',
      label: t('console.visit.length'),
      isFigure: true,
      cell: ({ startedAt, stoppedAt }) => spanBetween(startedAt, stoppedAt ?? now),
    },
    {
      id: 'status',
      label: t('console.visits.status'),
      cell: ({ status, complete }) => (
        <span class="status-line">
          <Badge tone={TONES[status]}>{t(`console.recording.${status}`)}</Badge>
          {!complete && <span class="soft">{t('console.recordings.missing')}</span>}
        </span>
      ),
    },
    {
      id: 'files',
      label: t('console.recordings.files'),
      isFigure: true,
      cell: ({ files }) => figure(files),
    },
    {
      id: 'size',
      label: t('console.recordings.size'),
      isFigure: true,
      cell: ({ bytes }) => fileSize(bytes),
    },
    {
      id: 'expires',
      label: t('console.recordings.expires'),
      cell: ({ legalHold, expiresAt }) => {
        if (legalHold) return t('console.recordings.hold');
        return expiresAt === null ? <None /> : <At at={expiresAt} />;
      },
    },
  ];
  return (
    <Section title={t('console.recordings')} testId="recordings">
      <Content
        loaded={list}
        isEmpty={({ recordings }) => recordings.length === 0}
        empty={t('console.recordings.none')}
      >
        {({ recordings }) => (
          <>
            <p class="about">{t('console.recordings.about')}</p>
            <Table
              label={t('console.recordings')}
              columns={columns}
              rows={recordings}
              keyOf={({ recordingId }) => recordingId}
            />
          </>
        )}
      </Content>
    </Section>
  );
}
